// Where the classifier's thread begins: TypeScript runs as it is, through tsx. With `require`, since for `import` tsx
// needs one more thread, of 25 MB.
const { parentPort } = require('node:worker_threads')
require('tsx/cjs/api').register()
const { answerOn } = require('./thread.ts')

// An error, here or in a judgement, is an unhandled rejection, which ends the thread: its other end tells whoever waits.
void answerOn(parentPort)
