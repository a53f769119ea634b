/** The sentences that a load's texts are put together from. All of it is from this project's own grammars. */
import {
  ELECTION_GRAMMAR,
  ELECTION_NEWS,
  ELECTION_SPANISH,
  ELECTION_SPANISH_GRAMMAR,
  ELECTION_TALK,
} from '../../../../ingest/sources/drill/election-talk.ts'
import { compose, type Grammar } from '../../../../ingest/sources/drill/grammar.ts'
import { COUNTIES, STATES } from '../../../../ingest/sources/drill/places.ts'
import type { Random } from '../../../../ingest/sources/drill/random.ts'
import {
  TALK,
  TALK_GRAMMAR,
  TALK_SPANISH,
  TALK_SPANISH_GRAMMAR,
} from '../../../../ingest/sources/drill/talk.ts'
import { MACHINES, RIGGED, UNCOUNTED } from '../../../../ingest/sources/drill/topics-background.ts'
import { PRINTER } from '../../../../ingest/sources/drill/topics-incident.ts'
import { BOXES, FLIP, PENS } from '../../../../ingest/sources/drill/topics-planted.ts'
import { FRENCH, GERMAN, JAPANESE, PORTUGUESE, type Tongue } from './talk.ts'

/** Sentences of one language and subject, of which any two make a text. */
export interface Pool {
  lang: string
  sentences: readonly string[]
}

/** Composed beforehand, so that a text costs the sender two picks: of so many, two make millions of texts. */
const POOL_SIZE = 4_000

/** Election words in a sense that is none: the drill tries the gate with them, here it must be known what a post is. */
const TRAP = /vote|midterm|count|sharpie|stole|machine|poll|race/i
/** Things that break down, as those do that count votes: words of the claims, of which no claim is made. */
const NEAR_TALK = /\{device\}.*(down|broken)|(fixing|my) .*\{device\}/i
/** What a claim would be made of too. */
const NEAR_ELECTION = /ballot|precinct|recount|touch screen|early votes|watch party|poll workers|voted\{in\}/i

/**
 * Of English sentences, those that are near a claim. With so many the small model asks the encoder for as many texts as
 * it does of real ones: for one in eight of a recorded election night's, and for three in a thousand of unrelated ones.
 */
const NEAR_SHARE = { talk: 0.03, election: 0.04 }

const UNRELATED: Tongue = {
  lang: 'en',
  grammar: TALK_GRAMMAR,
  patterns: TALK.filter((one) => !TRAP.test(one)),
}
const UNRELATED_SPANISH: Tongue = { lang: 'es', grammar: TALK_SPANISH_GRAMMAR, patterns: TALK_SPANISH }

/** Languages of unrelated talk with their shares, of 100. */
export const TONGUES: readonly (readonly [tongue: Tongue, share: number])[] = [
  [UNRELATED, 50],
  [UNRELATED_SPANISH, 12],
  [PORTUGUESE, 12],
  [JAPANESE, 12],
  [GERMAN, 8],
  [FRENCH, 6],
]

const RUMOURS = [PENS, FLIP, BOXES, PRINTER, UNCOUNTED, MACHINES, RIGGED]
const PLACES = [...COUNTIES, ...STATES]
/** How many sentences name a place. */
const PLACED = 0.5

export function talkPool(tongue: Tongue, random: Random): Pool {
  const { lang } = tongue
  return { lang, sentences: mixed(tongue, lang === 'en' ? [NEAR_TALK, NEAR_SHARE.talk] : null, random) }
}

/** Results, lines and turnout, in English and in Spanish. */
export function electionPools(random: Random): Pool[] {
  const english = { lang: 'en', grammar: ELECTION_GRAMMAR, patterns: [...ELECTION_TALK, ...ELECTION_NEWS] }
  return [
    {
      lang: 'en',
      sentences: mixed(english, [NEAR_ELECTION, NEAR_SHARE.election], random, placed),
    },
    { lang: 'es', sentences: sentencesOf(ELECTION_SPANISH, ELECTION_SPANISH_GRAMMAR, random, placed) },
  ]
}

/** Claims that votes did not count, machines failed or results were changed: one pool for each. */
export function rumourPools(random: Random): Pool[] {
  return RUMOURS.map(({ asserts, grammar }) => ({
    lang: 'en',
    sentences: sentencesOf(asserts, grammar, random, placed),
  }))
}

type Bind = (random: Random) => Record<string, string>

/** Sentences of which the given share is of patterns that fit the expression. */
function mixed(
  { patterns, grammar }: Pick<Tongue, 'patterns' | 'grammar'>,
  near: readonly [RegExp, number] | null,
  random: Random,
  bind: Bind = () => ({}),
): string[] {
  if (near === null) return sentencesOf(patterns, grammar, random, bind)
  const [expression, share] = near
  const [those, others] = [true, false].map((fits) =>
    sentencesOf(
      patterns.filter((one) => expression.test(one) === fits),
      grammar,
      random,
      bind,
    ),
  ) as [string[], string[]]
  return [...others, ...those.slice(0, Math.round((others.length * share) / (1 - share)))]
}

/** Each once: a short grammar gives fewer than `POOL_SIZE`. */
function sentencesOf(patterns: readonly string[], grammar: Grammar, random: Random, bind: Bind): string[] {
  const sentences = Array.from({ length: POOL_SIZE }, () =>
    compose(random.pick(patterns), grammar, random, bind(random)),
  )
  return [...new Set(sentences)]
}

function placed(random: Random): Record<string, string> {
  if (!random.chance(PLACED)) return { in: '', here: 'here' }
  const place = random.pick(random.pick(PLACES).names)
  return { in: ` in ${place}`, here: `here in ${place}` }
}
