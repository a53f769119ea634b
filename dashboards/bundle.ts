/**
 * Bundles the page into the folder that it is given, in a process of its own (build.ts): the bundler takes some 200 MB
 * that no process gives back which once loaded it. What is wrong is told on stderr, and the exit code is 1.
 */
import { build } from 'vite'
import config from './vite.config.ts'

const [outDir] = process.argv.slice(2)
if (outDir === undefined) throw new Error('bundle.ts is given the folder to bundle into')
try {
  await build({ ...config, build: { ...config.build, outDir } })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
