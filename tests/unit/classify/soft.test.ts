import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { toSoftExample } from '../../../classify/training/fit.ts'
import { readSoft } from '../../../classify/training/soft.ts'

const folder = mkdtempSync(join(tmpdir(), 'tallywatch-soft-'))
afterAll(() => rmSync(folder, { recursive: true }))

const p = Array.from({ length: 18 }, (_, i) => i / 100)

function fileOf(name: string, lines: readonly string[]): string {
  const path = join(folder, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

describe('texts that teachers judged', () => {
  const texts = Array.from({ length: 2_000 }, (_, i) => `text ${i}`)
  const lines = texts.map((text) => JSON.stringify({ text, p }))

  it('are kept from learning one in ten, the same ones in any order', async () => {
    const { learned, heldOut } = await readSoft(fileOf('whole.jsonl', lines))
    expect(learned.length + heldOut.length).toBe(2_000)
    expect(heldOut.length).toBeGreaterThan(140)
    expect(heldOut.length).toBeLessThan(260)
    const turned = await readSoft(fileOf('turned.jsonl', [...lines].reverse()))
    expect(new Set(turned.heldOut.map(({ text }) => text))).toEqual(new Set(heldOut.map(({ text }) => text)))
  })

  it('teach the flag, the narratives that hold and the stance', () => {
    const { targets } = toSoftExample({ text: 'they lost our votes', p })
    expect([...targets].map((target) => Math.round(target * 100))).toEqual([
      17, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    ])
  })

  it.each([
    ['no JSON', 'nonsense'],
    ['too few probabilities', '{"text":"a","p":[0.1]}'],
    ['no probability', JSON.stringify({ text: 'a', p: [...p.slice(1), 2] })],
  ])('are refused where a line holds %s, by its number', async (name, line) => {
    await expect(readSoft(fileOf(`${name}.jsonl`, [lines[0]!, line]))).rejects.toThrow('line 2')
  })
})
