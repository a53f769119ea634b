/** What a phone on a bad network has to fetch before it shows anything. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildPage } from '../../dashboards/build.ts'

const LIMIT_BYTES = 100_000

describe('the built page', () => {
  let dir: string
  let sizes: Map<string, number>

  beforeAll(async () => {
    ;({ dir } = await buildPage())
    const names = await readdir(dir, { recursive: true })
    const code = names.filter((name) => /\.(html|js|css)$/.test(name))
    const measured = code.map(
      async (name) => [name, gzipSync(await readFile(join(dir, name))).length] as const,
    )
    sizes = new Map(await Promise.all(measured))
  })

  test('has all of its code and style under 100 kB gzipped', () => {
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    expect(sizes.size).toBeGreaterThanOrEqual(3)
    expect(total).toBeLessThan(LIMIT_BYTES)
  })

  test('names neither the shapes nor the map’s code in what is loaded first', async () => {
    const index = await readFile(join(dir, 'index.html'), 'utf8')
    expect(index).toMatch(/<script type="module"/)
    expect(index).not.toMatch(/map-shapes|states-10m/)
    expect([...sizes.keys()].some((name) => name.includes('map-shapes'))).toBe(true)
    expect((await readdir(join(dir, 'assets'))).some((name) => /^states-10m.*\.json$/.test(name))).toBe(true)
  })

  test('holds relative addresses only, so that it can be served below a folder', async () => {
    const index = await readFile(join(dir, 'index.html'), 'utf8')
    const addresses = [...index.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1]!)
    expect(addresses.length).toBeGreaterThan(1)
    expect(addresses.filter((address) => /^(\/|https?:)/.test(address))).toEqual([])
  })

  test('brings no schema library along', async () => {
    const scripts = [...sizes.keys()].filter((name) => name.endsWith('.js'))
    const texts = await Promise.all(scripts.map((name) => readFile(join(dir, name), 'utf8')))
    expect(texts.filter((text) => text.includes('ZodError') || text.includes('invalid_union'))).toEqual([])
  })

  test('is not built again while nothing has changed', async () => {
    const before = await readdir(join(dir, 'assets'))
    const started = performance.now()
    await buildPage()
    // A build takes a second or more; looking at the files' times some milliseconds.
    expect(performance.now() - started).toBeLessThan(500)
    expect(await readdir(join(dir, 'assets'))).toEqual(before)
  })
})
