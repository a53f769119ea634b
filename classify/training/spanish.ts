/**
 * Posts in Spanish, composed: of what was found hardly any is Spanish, and a model that has not read a language cannot
 * say of a text in it that it carries nothing.
 */
import { FLAGGED_NARRATIVES, NARRATIVES, type Stance } from '../contract.ts'
import type { Labelled } from './data.ts'
import { createRandom } from './fit.ts'
import { CLAIMS, FRAMES } from './spanish/claims.ts'
import { ASSERTED, OTHERWISE } from './spanish/more-claims.ts'
import { EVERYDAY, POLITICS } from './spanish/other.ts'
import { SENTENCES, SHOUTED } from './spanish/more-talk.ts'
import { PARTISAN } from './spanish/partisan-talk.ts'
import { CAMPAIGN, MIXED, NEAR, RESULTS, SERVICE, VOTED, WATCHING } from './spanish/talk.ts'
import { WIDE } from './spanish/wide-talk.ts'
import { WORDS } from './spanish/words.ts'

type Random = () => number

/** Fillings inside fillings; a pattern that needs more refers to itself. */
const DEPTH_MAX = 6

const TALK = [
  ...SENTENCES,
  ...SHOUTED,
  ...WIDE,
  ...PARTISAN,
  ...VOTED,
  ...RESULTS,
  ...CAMPAIGN,
  ...SERVICE,
  ...WATCHING,
  ...MIXED,
  ...NEAR,
]
const OTHER = [...POLITICS, ...EVERYDAY]

/** Of all posts, those without a claim; and of these, those about no election. */
const NOTHING_SHARE = 0.75
const OTHER_SHARE = 0.25
/** Most claims asserted, as in the labelled posts. */
const STANCE_SHARES: readonly (readonly [Exclude<Stance, 'unrelated'>, number])[] = [
  ['asserts', 0.5],
  ['debunks', 0.22],
  ['reports', 0.18],
  ['questions', 0.1],
]
/** Of all posts, those that are made of a given one. */
const GIVEN = 0.1
/** Of the composed claims, those that are no clause in a frame. */
const WHOLE = 0.45
const SECOND_SENTENCE = 0.35
const TAIL = 0.4
/** Of all posts, those of which some words are left out, and how many of their words. */
const THINNED = 0.3
const LEFT_OUT = 0.15

const TAILS = [
  '#Elecciones {año}',
  '#Elecciones{año}',
  '#ElectionNight',
  '#EleccionesEEUU',
  '#vote',
  '#election',
  '#NocheElectoral',
  '#{pais}Vota',
  '#JornadaElectoral',
  '#YoVoto',
  '#Midterms',
  '#Democracia',
  '#Trump',
  '#{pais}',
  '#{pais}Decide',
  '#USAElections',
  '/ hilo',
  '1/2',
  '2/3',
  '(video)',
  'vía {medio}',
  '👇',
  '🇲🇽',
  '🇺🇸',
  '🗳️',
  '🙌',
  '#EleccionesUSA {n}',
  'no. {n}',
  '+ {n}',
  '#LatinoVote',
  '…',
  '{n}',
]
const YEARS = ['2016', '2018', '2020', '2021', '2022', '2023', '2024', '2025', '2026']

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)]!
}

/** Throws RangeError for a slot that nothing fills, and for a pattern that never ends. */
function compose(pattern: string, random: Random): string {
  let text = pattern
  for (let depth = 0; text.includes('{'); depth++) {
    if (depth > DEPTH_MAX) throw new RangeError(`the pattern never ends: ${pattern}`)
    text = text.replace(/\{([^{}]*)\}/g, (_, slot: string) => {
      const fillings = slot === 'año' ? YEARS : slot.includes('|') ? slot.split('|') : WORDS[slot]
      if (fillings === undefined) throw new RangeError(`nothing fills {${slot}} in: ${pattern}`)
      return pick(fillings, random)
    })
  }
  return text
    .replace(/\s+/g, ' ')
    .replace(/ ([.,!?;:])/g, '$1')
    .trim()
}

/** As people write: most begin with a capital, some shout. */
function written(text: string, random: Random): string {
  const dice = random()
  if (dice < 0.06) return text.toUpperCase()
  return dice < 0.3 ? text : text.charAt(0).toUpperCase() + text.slice(1)
}

function sentence(patterns: readonly string[], random: Random): string {
  return written(compose(pick(patterns, random), random), random)
}

function stanceOf(random: Random): Exclude<Stance, 'unrelated'> {
  let left = random()
  return (STANCE_SHARES.find(([, share]) => (left -= share) < 0) ?? STANCE_SHARES[0]!)[0]
}

/** Some words left out, so that what a word says does not hang on its neighbours. */
function thinned(text: string, random: Random): string {
  return text
    .split(' ')
    .filter(() => random() >= LEFT_OUT)
    .join(' ')
}

function nothing(random: Random): Labelled {
  const other = random() < OTHER_SHARE
  const patterns = other ? OTHER : TALK
  const first = sentence(patterns, random)
  const text = random() < SECOND_SENTENCE ? `${first}. ${sentence(patterns, random)}` : first
  const narrative = other ? 'not_election' : 'other_election'
  return { text, narrative, stance: 'unrelated', flag: false, sure: 1 }
}

/** A claim, alone. */
function said(random: Random): Labelled {
  const stance = stanceOf(random)
  let narrative = pick(NARRATIVES, random)
  let pattern = pick(FRAMES[stance], random).replace('*', pick(CLAIMS[narrative], random))
  if (random() < WHOLE) {
    if (stance === 'asserts') pattern = pick(ASSERTED[narrative], random)
    else [narrative, pattern] = pick(OTHERWISE[stance], random)
  }
  const text = written(compose(pattern, random), random)
  return { text, narrative, stance, flag: stance === 'asserts' && FLAGGED_NARRATIVES.has(narrative), sure: 1 }
}

function besideOthers(text: string, random: Random): string {
  if (random() >= SECOND_SENTENCE) return text
  const other = sentence(TALK, random)
  return random() < 0.5 ? `${text}. ${other}` : `${other}. ${text}`
}

/** So many distinct posts, always the same ones; some of them made of the given ones. */
export function spanishPosts(count: number, given: readonly Labelled[]): Labelled[] {
  const random = createRandom(1)
  const posts = new Map<string, Labelled>()
  while (posts.size < count) {
    const post =
      random() < GIVEN ? pick(given, random) : random() < NOTHING_SHARE ? nothing(random) : said(random)
    let { text } = post
    if (post.stance !== 'unrelated') text = besideOthers(text, random)
    if (random() < THINNED) text = thinned(text, random)
    if (random() < TAIL) text = `${text} ${compose(pick(TAILS, random), random)}`
    posts.set(text, { ...post, text })
  }
  return [...posts.values()]
}
