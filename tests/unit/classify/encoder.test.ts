import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { ENCODER_FOLDER, loadEncoder, loadPieces } from '../../../classify/model/encoder.ts'
import { ModelError } from '../../../classify/model/weights.ts'

const folder = mkdtempSync(join(tmpdir(), 'tallywatch-encoder-'))
afterAll(() => rmSync(folder, { recursive: true }))

const WEIGHTS = 'upper.onnx'

function copy(name: string, spoil: (path: string) => void): URL {
  const path = join(folder, name)
  cpSync(fileURLToPath(ENCODER_FOLDER), path, { recursive: true })
  spoil(path)
  return pathToFileURL(`${path}/`)
}

describe('the encoder', () => {
  it('gives one text one answer, whatever it read before', async () => {
    const encoder = await loadEncoder()
    const text = 'the scanner is down and our ballots go into a box'
    const first = await encoder.judge(text)
    for (const other of ['x', 'lovely weather '.repeat(60), 'they stole it']) await encoder.judge(other)
    const [again, aside] = await Promise.all([encoder.judge(text), encoder.judge('they stole it')])
    expect(again).toEqual(first)
    expect(aside).not.toEqual(first)
    expect(first.flag).toBeGreaterThan(encoder.threshold)
  })

  it('reads a text without end, and one without words', async () => {
    const encoder = await loadEncoder()
    for (const text of ['', ' ', 'votes '.repeat(20_000)])
      expect((await encoder.judge(text)).stances.reduce((a, b) => a + b)).toBeCloseTo(1)
  })

  it('reads the word pieces that transformers.js reads', async () => {
    const { AutoTokenizer, env } = await import('@huggingface/transformers')
    env.allowRemoteModels = false
    const path = fileURLToPath(ENCODER_FOLDER).replace(/\/$/, '')
    env.localModelPath = dirname(path)
    const reference = await AutoTokenizer.from_pretrained(basename(path))
    const pieces = loadPieces()
    for (const text of [
      '',
      'They’re “fixing” it in Côte-d’Or, 100%!',
      '投票 🗳️ x\u200by',
      'votes '.repeat(500),
    ]) {
      const { data } = (reference(text) as { input_ids: { data: BigInt64Array } }).input_ids
      const whole = [...data]
      expect([...pieces(text)]).toEqual(whole.length > 256 ? [...whole.slice(0, 255), whole.at(-1)] : whole)
    }
  })

  it.each([
    ['missing', (path: string) => unlinkSync(join(path, WEIGHTS)), 'cannot be read'],
    ['cut short', (path: string) => truncateSync(join(path, WEIGHTS), 1_000_000), 'cut short or changed'],
    ['half there', (path: string) => unlinkSync(join(path, 'middle.onnx')), 'cannot be read'],
    [
      'changed',
      (path: string) => {
        const weights = readFileSync(join(path, WEIGHTS))
        weights[2_000_000]! ^= 1
        writeFileSync(join(path, WEIGHTS), weights)
      },
      'cut short or changed',
    ],
    ['without calibration', (path: string) => unlinkSync(join(path, 'calibration.json')), 'cannot be read'],
  ])('is refused when %s, in one clear line', async (name, spoil, why) => {
    const error: unknown = await loadEncoder(copy(name, spoil)).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ModelError)
    // An error with a code is told in one line (api/boot/cli.ts).
    expect(error).toHaveProperty('code', 'bad_model')
    expect(String(error)).toContain(why)
    expect(String(error)).not.toContain('\n')
  })
})
