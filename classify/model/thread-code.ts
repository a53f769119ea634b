/**
 * The program of the classifier's threads: one script of all its modules. Transformed each by itself, as tsx does where it
 * is asked to `require`, every use of something imported is the call of a getter, and the thread takes twice as long for
 * all but the encoder; for `import` tsx needs one more thread of its own, of 25 MB.
 */
import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'

/** Where a thread begins. */
export const THREAD_ENTRY = new URL('./thread-entry.cjs', import.meta.url)

let made: Promise<string> | null = null

/** Made once in a process. A function's body, which finds `require` and gives what thread.ts exports in `module`. */
export function threadCode(): Promise<string> {
  made ??= makeCode()
  return made
}

async function makeCode(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./thread.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    packages: 'external',
    // Those that read files beside themselves are all of this folder.
    define: { 'import.meta.url': JSON.stringify(THREAD_ENTRY.href) },
    // What is imported later is then required, too.
    supported: { 'dynamic-import': false },
  })
  // Otherwise its process would stay.
  await stop()
  return outputFiles[0]!.text
}
