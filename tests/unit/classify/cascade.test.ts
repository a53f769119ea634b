import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { goesOn } from '../../../classify/model/cascade.ts'
import { createFastModel } from '../../../classify/model/fast.ts'
import { cleanText } from '../../../classify/model/normalize.ts'
import { createPlain } from '../../../classify/model/plain.ts'

const fast = createFastModel()
const plain = createPlain()

function asked(text: string): boolean {
  return goesOn(fast.judge(plain(cleanText(text))))
}

describe('the small model as a filter', () => {
  it.each([
    'They stole the election from us',
    'The tabulators in our precinct are broken',
    'Officials say that no ballots were thrown out in Nevada',
    'Is it true that Dominion machines switched votes?',
  ])('asks the encoder of: %s', (text) => {
    expect(asked(text)).toBe(true)
  })

  it.each(['I voted today, here is my sticker', 'Polls are open until 8', 'Happy birthday Joe Biden'])(
    'judges by itself: %s',
    (text) => {
      expect(asked(text)).toBe(false)
    },
  )

  it('asks the encoder of nearly all disguised texts that are flagged', () => {
    const rows = readFileSync(new URL('./robust.jsonl', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    const flagged = rows
      .map((row) => JSON.parse(row) as { text: string; flag: boolean })
      .filter(({ flag }) => flag)
    const kept = flagged.filter(({ text }) => asked(text)).length
    expect(kept / flagged.length).toBeGreaterThan(0.92)
  })
})
