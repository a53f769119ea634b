// Where the classifier's thread begins. What runs is one script made of all its modules: transformed each by itself, as tsx
// does where it is asked to `require`, every use of something imported is the call of a getter, which doubled the thread's
// time outside the encoder; and for `import` tsx needs one more thread, of 25 MB.
const { pathToFileURL } = require('node:url')
const { compileFunction } = require('node:vm')
const { parentPort } = require('node:worker_threads')
const { buildSync } = require('esbuild')

const { outputFiles } = buildSync({
  entryPoints: [require.resolve('./thread.ts')],
  bundle: true,
  write: false,
  platform: 'node',
  packages: 'external',
  // What is imported later is then required, too.
  supported: { 'dynamic-import': false },
  // Files beside the modules, all of this folder.
  define: { 'import.meta.url': JSON.stringify(pathToFileURL(__filename).href) },
})
const run = compileFunction(outputFiles[0].text, ['require', 'module'], { filename: __filename })
run(require, module)

// An error, here or in a judgement, is an unhandled rejection, which ends the thread: its other end tells whoever waits.
void module.exports.answerOn(parentPort)
