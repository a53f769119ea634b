// Where the classifier's thread begins: what it is to run comes with it (thread-code.ts).
const { compileFunction } = require('node:vm')
const { parentPort, workerData } = require('node:worker_threads')

compileFunction(workerData, ['require', 'module'], { filename: __filename })(require, module)

// An error, here or in a judgement, is an unhandled rejection, which ends the thread: its other end tells whoever waits.
void module.exports.answerOn(parentPort)
