/** The page is bundled beside the process that serves it, which then holds no more than before. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundlePage } from '../../../dashboards/build.ts'

const run = promisify(execFile)
/** Libraries that a process has loaded after it bundled the page into a folder. */
const SCRIPT = `
  const { bundlePage } = await import(${JSON.stringify(new URL('../../../dashboards/build.ts', import.meta.url).href)})
  await bundlePage(process.argv[1])
  process.stdout.write(JSON.stringify(process.report.getReport().sharedObjects))`

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'tallywatch-page-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

test('the bundler leaves nothing in the process that asked for it', async () => {
  const page = join(folder, 'page')
  const node = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', SCRIPT, page]
  const { stdout } = await run(process.execPath, node)
  expect(await readdir(page)).toEqual(expect.arrayContaining(['assets', 'index.html']))
  const loaded = JSON.parse(stdout) as string[]
  expect(loaded.length).toBeGreaterThan(0)
  expect(loaded.filter((path) => /rolldown|lightningcss/.test(path))).toEqual([])
})

test('what the bundler says is wrong is told', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  await expect(bundlePage(file)).rejects.toThrow(/EEXIST|ENOTDIR/)
})
