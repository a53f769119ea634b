// Where the classifier's thread begins: TypeScript runs as it is, through tsx. With `require`, since for `import` tsx
// needs one more thread, of 25 MB.
require('tsx/cjs/api').register()
require('./thread.ts')
