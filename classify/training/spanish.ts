/**
 * Posts in Spanish, composed: of what was found hardly any is Spanish, and a model that has not read a language cannot
 * say of a text in it that it carries nothing.
 */
import { FLAGGED_NARRATIVES, NARRATIVES, type Stance } from '../contract.ts'
import type { Labelled } from './data.ts'
import { createRandom } from './fit.ts'
import { CLAIMS, FRAMES } from './spanish/claims.ts'
import { ASSERTED } from './spanish/more-claims.ts'
import { EVERYDAY, POLITICS } from './spanish/other.ts'
import { SENTENCES, SHOUTED } from './spanish/more-talk.ts'
import { CAMPAIGN, MIXED, NEAR, RESULTS, SERVICE, VOTED, WATCHING } from './spanish/talk.ts'
import { WORDS } from './spanish/words.ts'

type Random = () => number

/** Fillings inside fillings; a pattern that needs more refers to itself. */
const DEPTH_MAX = 6

const TALK = [...SENTENCES, ...SHOUTED, ...VOTED, ...RESULTS, ...CAMPAIGN, ...SERVICE, ...WATCHING, ...MIXED, ...NEAR]
const OTHER = [...POLITICS, ...EVERYDAY]

/** Of all posts, those without a claim; and of these, those about no election. */
const NOTHING_SHARE = 0.6
const OTHER_SHARE = 0.25
/** Most claims asserted, as in the labelled posts. */
const STANCE_SHARES: readonly (readonly [Exclude<Stance, 'unrelated'>, number])[] = [
  ['asserts', 0.5],
  ['debunks', 0.22],
  ['reports', 0.18],
  ['questions', 0.1],
]
/** Of the claims asserted, those that are no clause in a frame. */
const WHOLE = 0.45
const SECOND_SENTENCE = 0.35
const TAIL = 0.4

const TAILS = [
  '#Elecciones {año}', '#Elecciones{año}', '#ElectionNight', '#EleccionesEEUU', '#vote', '#election', '#NocheElectoral', '#{pais}Vota',
  '#JornadaElectoral', '#YoVoto', '#Midterms', '#Democracia', '#Trump', '#{pais}', '#{pais}Decide', '#USAElections', '/ hilo', '1/2', '2/3', '(video)', 'vía {medio}',
  '👇', '🇲🇽', '🇺🇸', '🗳️', '🙌', '#EleccionesUSA {n}', 'no. {n}', '+ {n}', '#LatinoVote', '…', '{n}',
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
  return text.replace(/\s+/g, ' ').replace(/ ([.,!?;:])/g, '$1').trim()
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

function nothing(random: Random): Labelled {
  const other = random() < OTHER_SHARE
  const patterns = other ? OTHER : TALK
  const first = sentence(patterns, random)
  const text = random() < SECOND_SENTENCE ? `${first}. ${sentence(patterns, random)}` : first
  return { text, narrative: other ? 'not_election' : 'other_election', stance: 'unrelated', flag: false, sure: 1 }
}

function claim(random: Random): Labelled {
  const narrative = pick(NARRATIVES, random)
  const stance = stanceOf(random)
  const whole = stance === 'asserts' && random() < WHOLE
  const said = whole
    ? sentence(ASSERTED[narrative], random)
    : written(compose(pick(FRAMES[stance], random).replace('*', pick(CLAIMS[narrative], random)), random), random)
  const beside = random() < SECOND_SENTENCE ? sentence(TALK, random) : null
  const text = beside === null ? said : random() < 0.5 ? `${said}. ${beside}` : `${beside}. ${said}`
  return { text, narrative, stance, flag: stance === 'asserts' && FLAGGED_NARRATIVES.has(narrative), sure: 1 }
}

/** So many distinct posts, always the same ones. */
export function spanishPosts(count: number): Labelled[] {
  const random = createRandom(1)
  const posts = new Map<string, Labelled>()
  while (posts.size < count) {
    const post = random() < NOTHING_SHARE ? nothing(random) : claim(random)
    const text = random() < TAIL ? `${post.text} ${compose(pick(TAILS, random), random)}` : post.text
    posts.set(text, { ...post, text })
  }
  return [...posts.values()]
}
