import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createGate } from '../../../classify/gate.ts'
import { goesOn } from '../../../classify/model/cascade.ts'
import { createFastModel } from '../../../classify/model/fast.ts'
import { cleanText } from '../../../classify/model/normalize.ts'
import { createPlain } from '../../../classify/model/plain.ts'

const fast = createFastModel()
const plain = createPlain()

function asked(text: string): boolean {
  return goesOn(fast.judge(plain(cleanText(text))))
}

interface Row {
  text: string
  stance: string
  flag: boolean
}

function rowsOf(name: string): Row[] {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
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

  it('judges most Spanish talk without a claim by itself, and asks of the claims', () => {
    const gate = createGate()
    const posts = rowsOf('./spanish-talk.jsonl').filter(({ text }) => gate(text).candidate)
    const share = (part: readonly Row[]) => part.filter(({ text }) => asked(text)).length / part.length
    const claims = posts.filter(({ stance }) => stance !== 'unrelated')
    expect(share(posts.filter(({ stance }) => stance === 'unrelated'))).toBeLessThan(0.2)
    expect(share(claims)).toBeGreaterThan(0.92)
    expect(share(claims.filter(({ flag }) => flag))).toBeGreaterThan(0.95)
  })

  it('asks the encoder of nearly all disguised texts that are flagged', () => {
    const flagged = rowsOf('./robust.jsonl').filter(({ flag }) => flag)
    const kept = flagged.filter(({ text }) => asked(text)).length
    expect(kept / flagged.length).toBeGreaterThan(0.92)
  })
})
