import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { NARRATIVES, STANCES } from '../../../classify/contract.ts'
import { languageOf } from '../../../classify/language.ts'
import { textKey } from '../../../classify/model/normalize.ts'
import { readLabelled } from '../../../classify/training/data.ts'
import { spanishPosts } from '../../../classify/training/spanish.ts'

const OWN = fileURLToPath(new URL('../../../classify/training/own/spanish.jsonl', import.meta.url))
const given = readLabelled(OWN)
const posts = spanishPosts(5_000, given)

it('composes the same posts each time, every slot of them filled', () => {
  expect(spanishPosts(500, given)).toEqual(posts.slice(0, 500))
  expect(posts.filter(({ text }) => /[{}*]/.test(text))).toEqual([])
})

it('composes Spanish of every narrative and stance, most of it without a claim', () => {
  const spanish = posts.filter(({ text }) => languageOf({ text, langs: ['es'] }) === 'es')
  expect(spanish.length / posts.length).toBeGreaterThan(0.95)
  for (const narrative of NARRATIVES) expect(posts.some((post) => post.narrative === narrative)).toBe(true)
  for (const stance of STANCES) expect(posts.some((post) => post.stance === stance)).toBe(true)
  const claims = posts.filter(({ stance }) => stance !== 'unrelated')
  expect(claims.length / posts.length).toBeGreaterThan(0.2)
  expect(claims.length / posts.length).toBeLessThan(0.4)
})

it('holds no sentence that Spanish is measured with', () => {
  const learned = new Set([...posts, ...given].map(({ text }) => textKey(text)))
  const measured = ['spanish-talk.jsonl', 'spanish.jsonl'].flatMap((name) =>
    readFileSync(new URL(name, import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { text: string }).text),
  )
  expect(measured.length).toBeGreaterThan(250)
  expect(measured.filter((text) => learned.has(textKey(text)))).toEqual([])
})
