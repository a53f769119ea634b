/** The nights that can be played, as data. Minutes count from the start of the night. */
import { SourceError } from '../source.ts'
import { PRINTER } from './topics-incident.ts'
import { BOXES, FLIP, PENS } from './topics-planted.ts'
import { RIGGED } from './topics-background.ts'
import type { Topic } from './topic.ts'

/** Points of (minute, posts a minute), joined by straight lines; nothing before the first and after the last. */
export type Curve = readonly (readonly [minute: number, perMinute: number])[]

/** What a burst is made of, as weights. */
export interface Mix {
  asserts: number
  reports: number
  questions: number
  debunks: number
  office: number
}

/**
 * Whether a detector should raise it: `alarm` is a planted spike; `silence` must stay silent; `either` may be shown,
 * if it is shown for what it is (one account).
 */
export type Expectation = 'alarm' | 'silence' | 'either'

export interface Burst {
  name: string
  topic: Topic
  /** County (FIPS) or state (postal code) that its posts name; null: the nation. */
  place: string | null
  curve: Curve
  /** First minute that stands out; a rumour smoulders before. */
  onset: number
  mix: Mix
  /** Share of its assertions that are bare reposts, and that are word-for-word copies, of earlier ones. */
  reposts: number
  copies: number
  /** How many accounts take part. */
  accounts: number
  expect: Expectation
}

export interface Scenario {
  name: string
  /** One line for the list of scenarios. */
  summary: string
  minutes: number
  /** Everything but the bursts. */
  base: Curve
  /** News that lifts all talk alike, claims included. */
  lifts: readonly { from: number; to: number; factor: number }[]
  bursts: readonly Burst[]
}

const RUMOUR: Mix = { asserts: 80, reports: 4, questions: 9, debunks: 5, office: 2 }
const INCIDENT: Mix = { asserts: 70, reports: 10, questions: 9, debunks: 3, office: 8 }
const ANSWERS: Mix = { asserts: 0, reports: 8, questions: 0, debunks: 62, office: 30 }
const LOUD: Mix = { asserts: 100, reports: 0, questions: 0, debunks: 0, office: 0 }

const EVENING: Curve = [
  [0, 20],
  [45, 30],
  [75, 36],
  [120, 40],
  [160, 43],
  [200, 34],
  [240, 20],
]

/** Offices and outlets answer old claims in advance, in all states at once. */
const ANSWERED_IN_ADVANCE: Burst = {
  name: 'answered in advance',
  topic: RIGGED,
  place: null,
  curve: [
    [18, 0],
    [24, 5],
    [36, 5],
    [46, 0],
  ],
  onset: 20,
  mix: ANSWERS,
  reposts: 0.3,
  copies: 0,
  accounts: 400,
  expect: 'silence',
}

const NEWS_LIFT = { from: 78, to: 93, factor: 1.5 }

const NIGHT: Scenario = {
  name: 'night',
  summary:
    'A printer jam that is true, a rumour about pens, a national wave about flipped votes, and what must not alarm.',
  minutes: 240,
  base: EVENING,
  lifts: [NEWS_LIFT],
  bursts: [
    ANSWERED_IN_ADVANCE,
    {
      name: 'jammed printers',
      topic: PRINTER,
      place: '32031',
      curve: [
        [50, 0.4],
        [54, 3.4],
        [68, 3.4],
        [76, 1],
        [90, 0.3],
        [100, 0],
      ],
      onset: 51,
      mix: INCIDENT,
      reposts: 0.15,
      copies: 0.03,
      accounts: 120,
      expect: 'alarm',
    },
    {
      name: 'felt-tip pens',
      topic: PENS,
      place: '55025',
      curve: [
        [40, 0.05],
        [85, 0.2],
        [98, 0.6],
        [108, 3],
        [116, 4.5],
        [132, 4],
        [150, 1.6],
        [180, 0.4],
        [200, 0],
      ],
      onset: 98,
      mix: RUMOUR,
      reposts: 0.4,
      copies: 0.15,
      accounts: 300,
      expect: 'alarm',
    },
    {
      name: 'pens answered',
      topic: PENS,
      place: '55025',
      curve: [
        [122, 0],
        [134, 2.5],
        [150, 2.5],
        [178, 0],
      ],
      onset: 124,
      mix: ANSWERS,
      reposts: 0.3,
      copies: 0,
      accounts: 200,
      expect: 'silence',
    },
    {
      name: 'flipped votes',
      topic: FLIP,
      place: null,
      curve: [
        [135, 0.2],
        [141, 1],
        [150, 4.5],
        [165, 9],
        [176, 8],
        [192, 3],
        [212, 0.8],
        [226, 0],
      ],
      onset: 139,
      mix: RUMOUR,
      reposts: 0.35,
      copies: 0.12,
      accounts: 900,
      expect: 'alarm',
    },
    {
      name: 'flipped votes answered',
      topic: FLIP,
      place: null,
      curve: [
        [166, 0],
        [178, 3],
        [196, 3],
        [220, 0],
      ],
      onset: 168,
      mix: ANSWERS,
      reposts: 0.35,
      copies: 0,
      accounts: 500,
      expect: 'silence',
    },
    {
      name: 'one loud account',
      topic: BOXES,
      place: '37183',
      curve: [
        [206, 10],
        [226, 10],
      ],
      onset: 206,
      mix: LOUD,
      reposts: 0,
      copies: 0.3,
      accounts: 1,
      expect: 'either',
    },
  ],
}

const QUIET: Scenario = {
  name: 'quiet',
  summary: 'The same evening without a spike: nothing may alarm.',
  minutes: 240,
  base: EVENING,
  lifts: [NEWS_LIFT],
  bursts: [ANSWERED_IN_ADVANCE],
}

export const SCENARIOS: readonly Scenario[] = [NIGHT, QUIET]

export const DEFAULT_SCENARIO = NIGHT.name

/** Throws SourceError `bad_spec` for a scenario that does not exist. */
export function findScenario(name: string): Scenario {
  const scenario = SCENARIOS.find((known) => known.name === name)
  if (scenario === undefined) {
    const names = SCENARIOS.map((known) => known.name).join(', ')
    throw new SourceError('bad_spec', `There is no drill "${name}". The drills are: ${names}.`)
  }
  return scenario
}

/** Posts a minute of a curve at a minute. */
export function rateAt(curve: Curve, minute: number): number {
  for (let i = 1; i < curve.length; i++) {
    const [from, low] = curve[i - 1]!
    const [to, high] = curve[i]!
    if (minute >= from && minute < to) return low + ((high - low) * (minute - from)) / (to - from)
  }
  return 0
}
