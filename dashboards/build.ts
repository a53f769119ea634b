/** Builds the page, when its sources are newer than what was built. */
import { execFile } from 'node:child_process'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const SOURCES = [
  '.',
  '../api/contract.ts',
  '../classify/contract.ts',
  '../ingest/base/states.ts',
  '../package-lock.json',
]
const INDEX = 'index.html'
const outDir = fileURLToPath(new URL('../dist/page', import.meta.url))

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** Milliseconds of the newest change below a file or folder; -Infinity where there is none. */
async function newest(path: string): Promise<number> {
  const found = await stat(path).catch(() => null)
  if (found === null) return Number.NEGATIVE_INFINITY
  if (!found.isDirectory()) return found.mtimeMs
  const names = await readdir(path, { recursive: true })
  const times = await Promise.all(names.map(async (name) => (await stat(`${path}/${name}`)).mtimeMs))
  return Math.max(found.mtimeMs, ...times)
}

let running: Promise<{ dir: string }> | undefined

/**
 * Gives the folder with the built page (`index.html`, `assets/`). Takes two seconds, or some milliseconds when
 * nothing has changed; calls at the same time share one build. Rejects with what the bundler says is wrong.
 */
export function buildPage(): Promise<{ dir: string }> {
  running ??= build().finally(() => {
    running = undefined
  })
  return running
}

async function build(): Promise<{ dir: string }> {
  const built = await newest(`${outDir}/${INDEX}`)
  const changed = await Promise.all(SOURCES.map((source) => newest(pathOf(source))))
  if (built > Math.max(...changed)) return { dir: outDir }
  const fresh = `${outDir}-${process.pid}`
  await bundlePage(fresh)
  await swap(fresh)
  return { dir: outDir }
}

/** Not by `import.meta.resolve`, which the set-up of the tests lacks. */
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/**
 * Bundles the page into a folder, in a process of its own: what the bundler takes is given back when it ends. Rejects with
 * what the bundler says is wrong.
 */
export async function bundlePage(folder: string): Promise<void> {
  const bundler = ['--import', TSX, pathOf('bundle.ts'), folder]
  try {
    await promisify(execFile)(process.execPath, bundler)
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim()
    throw new Error(said || 'the page cannot be built', { cause })
  }
}

/** Puts the new page in place of the old at once: another process may be serving or building it. */
async function swap(fresh: string): Promise<void> {
  const old = `${fresh}-old`
  await rename(outDir, old).catch(ignore('ENOENT'))
  // Where another process has put the same page there meanwhile, this one is not needed.
  await rename(fresh, outDir).catch(ignore('ENOTEMPTY', 'EEXIST'))
  await Promise.all([fresh, old].map((path) => rm(path, { recursive: true, force: true })))
}

function ignore(...codes: string[]): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error
  }
}
