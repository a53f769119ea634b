import { readFileSync } from 'node:fs'
import { Tokenizer } from '@huggingface/tokenizers'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLoad } from '../../../api/boot/bench/load/load.ts'
import { ENCODER_FOLDER, loadPieces } from '../../../classify/model/encoder.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(name, ENCODER_FOLDER), 'utf8')) as Record<string, unknown>
const tokenizer = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'))
const pieces = loadPieces()

/** By the library alone, the whole text at once. */
function whole(text: string): number[] {
  const { ids } = tokenizer.encode(text)
  return ids.length <= 256 ? ids : [...ids.slice(0, 255), ids.at(-1)!]
}

const numbers = (text: string): number[] => Array.from(pieces(text), Number)

test('posts in many tongues have the pieces that the tokenizer gives', () => {
  for (const kind of ['mixed', 'election'] as const) {
    const load = createLoad(kind, 'pieces')
    for (let i = 0; i < 1_000; i++) {
      const { text } = load.next()
      expect(numbers(text)).toEqual(whole(text))
    }
  }
})

const odd = fc.constantFrom(
  '[MASK]',
  '[CLS] x',
  '[',
  "don't",
  'U.S.A.',
  'café',
  'ΟΔΟΣ',
  '投票',
  '\u0000',
  '\t',
  '\u0301',
  '\ufeff',
  '🗳️',
  '\ud83d',
  'a\u00a0b',
  '##ing',
  '…',
  '—',
  'x'.repeat(120),
  'STOLEN!!!',
  '1,024',
  'ﬁx',
  ' ',
)

test('so has whatever else anyone may write', () => {
  const part = fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 12 }))
  const text = fc
    .array(fc.tuple(part, fc.constantFrom('', ' ', '  ', '\n')), { maxLength: 60 })
    .map((parts) => parts.flat().join(''))
  fc.assert(
    fc.property(text, (said) => {
      expect(numbers(said)).toEqual(whole(said))
    }),
    { numRuns: 500 },
  )
})

test('a long text is cut, and ends as all do', () => {
  const long = 'ballots, '.repeat(300)
  expect(numbers(long)).toEqual(whole(long))
  expect(numbers(long)).toHaveLength(256)
})
