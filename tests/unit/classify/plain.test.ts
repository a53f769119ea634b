import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlain } from '../../../classify/model/plain.ts'
import {
  DRAWN_OUT,
  DRAWN_OUT_WORD,
  LEET,
  LEET_TOKEN,
  signsOf,
  SPACED,
  SPACED_LETTERS,
} from '../../../classify/model/signs.ts'

const plain = createPlain()

describe('plain text', () => {
  it.each([
    ['They counted 1,200 ballots by 3am.', 'They counted 1,200 ballots by 3am.'],
    ['my v0te was st0len', 'my vote was stolen'],
    ['they dumped v o t e s', 'they dumped votes'],
    ['it was riggggged', 'it was rigged'],
    ['ѕtоlеn votes', 'stolen votes'],
    ['ʙᴀʟʟᴏᴛ and νοτεs', 'ballot and votes'],
    ['#StopTheSteal now', 'stop The steal now'],
    ['no  way\n\nhome ', 'no way home'],
    ['tossed 🗑 again', 'tossed again trash'],
  ])('of %s', (text, expected) => {
    expect(plain(text)).toBe(expected)
  })

  it('is looked for wherever an expression would find something', () => {
    const characters = fc.constantFrom(...'aabBtT0123469$@!|+ .-_*·é年😀#,'.match(/./gu)!)
    const text = fc.array(characters, { maxLength: 24 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (sample) => {
        // A token with a 2 or a 6 is no word, whatever its other digits stand for.
        const tokens = (sample.match(LEET_TOKEN) ?? []).filter((token) => !/[26]/.test(token))
        const found =
          (sample.search(SPACED_LETTERS) >= 0 ? SPACED : 0) |
          (DRAWN_OUT_WORD.test(sample) ? DRAWN_OUT : 0) |
          (tokens.length > 0 ? LEET : 0)
        expect(signsOf(sample) & found).toBe(found)
      }),
      { numRuns: 20_000, seed: 1 },
    )
  })
})
