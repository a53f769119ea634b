import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import {
  encodeWeights,
  loadWeights,
  ModelError,
  WEIGHTS_FILE,
  type WeightsHeader,
} from '../../../classify/model/weights.ts'

const folder = mkdtempSync(join(tmpdir(), 'tallywatch-weights-'))
afterAll(() => rmSync(folder, { recursive: true }))

const whole = readFileSync(WEIGHTS_FILE)

function fileOf(name: string, content: Buffer): URL {
  const path = join(folder, name)
  writeFileSync(path, content)
  return pathToFileURL(path)
}

function messageOf(file: URL): string {
  try {
    loadWeights(file)
  } catch (error) {
    if (error instanceof ModelError) return error.message
    throw error
  }
  throw new Error('the weights were taken')
}

describe('the weights', () => {
  it('that come with the project are whole and small', () => {
    expect(loadWeights().digest).toMatch(/^[0-9a-f]{8}$/)
    expect(whole.length).toBeLessThan(3 * 1024 * 1024)
  })

  it.each([
    ['missing', () => pathToFileURL(join(folder, 'nowhere.bin')), 'cannot be read'],
    ['empty', () => fileOf('empty.bin', Buffer.alloc(0)), 'do not begin'],
    ['cut in the first line', () => fileOf('line.bin', whole.subarray(0, 40)), 'cut short'],
    ['cut in the header', () => fileOf('head.bin', whole.subarray(0, 300)), 'cut short'],
    ['cut by one byte', () => fileOf('cut.bin', whole.subarray(0, -1)), 'cut short'],
    ['longer by one byte', () => fileOf('long.bin', Buffer.concat([whole, Buffer.from('x')])), 'changed'],
    ['something else', () => fileOf('else.bin', Buffer.from('<html>not found</html>\n\n')), 'do not begin'],
  ])('are refused when %s, in one clear line', (_, file, why) => {
    const message = messageOf(file())
    expect(message).toContain(why)
    expect(message).not.toContain('\n')
  })

  it('are refused when a single bit differs', () => {
    const changed = Buffer.from(whole)
    changed[500_000]! ^= 1
    expect(messageOf(fileOf('bit.bin', changed))).toContain('changed')
  })

  it('are refused when they are of another form', () => {
    const { rows: _, units: __, digest: ___, ...header } = loadWeights()
    const other: WeightsHeader = { ...header, stances: ['yes', 'no'] }
    expect(messageOf(fileOf('form.bin', encodeWeights(other, new Float32Array(11))))).toContain('form')
    expect(messageOf(fileOf('short.bin', encodeWeights(header, new Float32Array(11))))).toContain(
      'number of weights',
    )
  })
})
