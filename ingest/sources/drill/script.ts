/** Writes the whole night: a pure function of scenario and seed. */
import {
  ELECTION_GRAMMAR,
  ELECTION_NEWS,
  ELECTION_OFFICE,
  ELECTION_SPANISH,
  ELECTION_SPANISH_GRAMMAR,
  ELECTION_TALK,
} from './election-talk.ts'
import { compose, type Grammar } from './grammar.ts'
import { COUNTIES, STATES, drillPlace, type DrillPlace } from './places.ts'
import { createRandom, type Random } from './random.ts'
import { rateAt, type Burst, type Mix, type Scenario } from './scenarios.ts'
import { TALK, TALK_GRAMMAR, TALK_SPANISH, TALK_SPANISH_GRAMMAR } from './talk.ts'
import type { DrillNarrative, DrillStance, Topic, Voice } from './topic.ts'
import { FRAUD, MACHINES, OBSTRUCTED, RIGGED, UNCOUNTED } from './topics-background.ts'
import { anyAccount, circleAccount, officialAccount, typed, type Account, type Mood } from './voices.ts'

/** A post of the script, with what is true of it. */
export interface DrillPost {
  /** From the start of the night. */
  atMs: number
  handle: string
  placeHint: string | null
  /** Empty for a repost. */
  text: string
  lang: 'en' | 'es'
  repostOf: DrillPost | null
  replyTo: DrillPost | null
  election: boolean
  narrative: DrillNarrative | null
  stance: DrillStance
  flagged: boolean
  /** Place that the text names: a county's FIPS code or a state's postal code. */
  place: string | null
  /** The burst that it belongs to. */
  burst: string | null
}

/** Asserting one of these makes a post flagged. */
const FLAGGED: ReadonlySet<DrillNarrative> = new Set([
  'votes_not_counted',
  'machine_failure',
  'results_manipulated',
])

const MINUTE = 60_000

/** Shares of the night's ordinary posts; what is left over is unrelated talk. */
const SHARES = { crowd: 0.27, outlets: 0.05, offices: 0.02, claims: 0.04 }
const REPOST_SHARE = 0.1
const SPANISH_SHARE = 0.05
/** A repost takes one of this many posts before it. */
const REPOST_REACH = 200

const BACKGROUND: readonly Topic[] = [UNCOUNTED, MACHINES, RIGGED, FRAUD, OBSTRUCTED]
const BACKGROUND_MIX = { asserts: 50, reports: 12, questions: 12, debunks: 20, office: 6 }

/** All posts of a scenario, in the order of time. */
export function writeScript(scenario: Scenario, seed: number): DrillPost[] {
  const random = createRandom(`${scenario.name}/${seed}`)
  const posts = [writeBase(scenario, random.fork('base'))]
  for (const burst of scenario.bursts) posts.push(writeBurst(burst, random.fork(burst.name)))
  return posts.flat().sort((a, b) => a.atMs - b.atMs)
}

function writeBase(scenario: Scenario, random: Random): DrillPost[] {
  const posts: DrillPost[] = []
  for (let minute = 0; minute < scenario.minutes; minute++) {
    const lift = scenario.lifts.find(({ from, to }) => minute >= from && minute < to)?.factor ?? 1
    for (const atMs of moments(minute, random.poisson(rateAt(scenario.base, minute) * lift), random)) {
      const original = random.chance(REPOST_SHARE) ? pickOriginal(posts, random) : undefined
      posts.push(original ? repostOf(original, atMs, anyAccount(random)) : basePost(atMs, random))
    }
  }
  return posts
}

function pickOriginal(posts: readonly DrillPost[], random: Random): DrillPost | undefined {
  const earlier = posts.slice(-REPOST_REACH).filter((post) => post.repostOf === null)
  return earlier.length === 0 ? undefined : random.pick(earlier)
}

/** Moments within a minute, in order. */
function moments(minute: number, count: number, random: Random): number[] {
  return Array.from({ length: count }, () => minute * MINUTE + random.int(MINUTE)).sort((a, b) => a - b)
}

function basePost(atMs: number, random: Random): DrillPost {
  const share = random.next()
  const place = random.chance(0.35) ? random.pick([...COUNTIES, ...STATES]) : null
  let edge = SHARES.claims
  if (share < edge)
    return claimPost(random.pick(BACKGROUND), pickStance(BACKGROUND_MIX, random), place, atMs, random)
  if (share < (edge += SHARES.offices)) {
    return plainPost(
      { patterns: ELECTION_OFFICE, grammar: ELECTION_GRAMMAR, voice: 'office', mood: 'election' },
      place,
      atMs,
      random,
    )
  }
  if (share < (edge += SHARES.outlets)) {
    return plainPost(
      { patterns: ELECTION_NEWS, grammar: ELECTION_GRAMMAR, voice: 'outlet', mood: 'election' },
      place,
      atMs,
      random,
    )
  }
  const mood = share < edge + SHARES.crowd ? 'election' : 'talk'
  return plainPost(
    { ...crowdWords(mood, random.chance(SPANISH_SHARE)), voice: 'anybody', mood },
    place,
    atMs,
    random,
  )
}

function crowdWords(
  mood: 'election' | 'talk',
  spanish: boolean,
): { patterns: readonly string[]; grammar: Grammar; spanish: boolean } {
  if (mood === 'election') {
    return spanish
      ? { patterns: ELECTION_SPANISH, grammar: ELECTION_SPANISH_GRAMMAR, spanish }
      : { patterns: ELECTION_TALK, grammar: ELECTION_GRAMMAR, spanish }
  }
  return spanish
    ? { patterns: TALK_SPANISH, grammar: TALK_SPANISH_GRAMMAR, spanish }
    : { patterns: TALK, grammar: TALK_GRAMMAR, spanish }
}

interface Words {
  patterns: readonly string[]
  grammar: Grammar
  voice: Voice
  mood: Mood
  spanish?: boolean
}

/** A post that claims nothing. */
function plainPost(words: Words, place: DrillPlace | null, atMs: number, random: Random): DrillPost {
  const account = words.voice === 'anybody' ? anyAccount(random) : officialAccount(words.voice, place, random)
  return {
    ...write(words, place, random),
    atMs,
    handle: account.handle,
    placeHint: account.placeHint,
    repostOf: null,
    replyTo: null,
    election: words.mood !== 'talk',
    narrative: null,
    stance: 'unrelated',
    flagged: false,
    burst: null,
  }
}

type Part = keyof Mix

/** A post about a claim, in one of its stances. */
function claimPost(
  topic: Topic,
  part: Part,
  place: DrillPlace | null,
  atMs: number,
  random: Random,
  account?: Account,
): DrillPost {
  const spanish = part === 'asserts' && topic.assertsSpanish.length > 0 && random.chance(SPANISH_SHARE)
  const patterns = spanish ? topic.assertsSpanish : part === 'office' ? topic.office.patterns : topic[part]
  const voice: Voice = part === 'office' ? 'office' : part === 'reports' ? 'outlet' : 'anybody'
  const by = voice === 'anybody' ? (account ?? anyAccount(random)) : officialAccount(voice, place, random)
  const stance = part === 'office' ? topic.office.stance : part
  return {
    ...write({ patterns, grammar: topic.grammar, voice, mood: 'claim', spanish }, place, random),
    atMs,
    handle: by.handle,
    placeHint: by.placeHint,
    repostOf: null,
    replyTo: null,
    election: true,
    narrative: topic.narrative,
    stance,
    flagged: stance === 'asserts' && FLAGGED.has(topic.narrative),
    burst: null,
  }
}

function write(
  words: Words,
  place: DrillPlace | null,
  random: Random,
): Pick<DrillPost, 'text' | 'lang' | 'place'> {
  const pattern = random.pick(words.patterns)
  const name = place === null ? null : random.pick(place.names)
  const bound = {
    in: name === null ? '' : ` in ${name}`,
    here: name === null ? 'here' : `here in ${name}`,
    ...(name === null || words.mood === 'talk' ? {} : { place: name }),
  }
  const text = compose(pattern, words.grammar, random, bound)
  return {
    text: typed(text, words.mood, words.voice, random),
    lang: words.spanish === true ? 'es' : 'en',
    place: name !== null && text.includes(name) ? place!.id : null,
  }
}

const PARTS = ['asserts', 'reports', 'questions', 'debunks', 'office'] as const

function pickStance(mix: Mix, random: Random): Part {
  let left = random.next() * PARTS.reduce((sum, part) => sum + mix[part], 0)
  for (const part of PARTS) if ((left -= mix[part]) < 0) return part
  return 'asserts'
}

/** A burst keeps to its curve: as many posts as the area under it, and only the seconds are chance. */
function writeBurst(burst: Burst, random: Random): DrillPost[] {
  const place = burst.place === null ? null : drillPlace(burst.place)
  const posts: DrillPost[] = []
  const last = burst.curve.at(-1)![0]
  let owed = 0
  for (let minute = burst.curve[0]![0]; minute < last; minute++) {
    owed += rateAt(burst.curve, minute)
    const due = Math.floor(owed)
    owed -= due
    for (const atMs of moments(minute, due, random)) posts.push(burstPost(burst, place, posts, atMs, random))
  }
  return posts
}

function burstPost(
  burst: Burst,
  place: DrillPlace | null,
  before: readonly DrillPost[],
  atMs: number,
  random: Random,
): DrillPost {
  const part = pickStance(burst.mix, random)
  const account = circleAccount(burst.name.replaceAll(' ', '-'), burst.accounts, place, random)
  const originals = before.filter((post) => post.repostOf === null)
  const spread = burst.mix.asserts > 0 ? part === 'asserts' : part === 'debunks'
  const alike = spread ? originals.filter((post) => post.stance === part) : []
  const how = random.next()
  if (alike.length > 0 && how < burst.reposts) return repostOf(favourite(alike, random), atMs, account)
  if (alike.length > 0 && how < burst.reposts + burst.copies) {
    return { ...favourite(alike, random), atMs, ...account }
  }
  const post = { ...claimPost(burst.topic, part, place, atMs, random, account), burst: burst.name }
  const claims = originals.filter((earlier) => earlier.flagged)
  const answers = part === 'questions' || part === 'debunks'
  if (answers && claims.length > 0 && random.chance(0.4)) post.replyTo = random.pick(claims)
  return post
}

/** Early posts are shared most. */
function favourite(posts: readonly DrillPost[], random: Random): DrillPost {
  return posts[Math.floor(posts.length * random.next() ** 2)]!
}

/** A repost has no words of its own and stands for what it reposts. */
function repostOf(post: DrillPost, atMs: number, account: Account): DrillPost {
  return { ...post, atMs, ...account, text: '', repostOf: post, replyTo: null }
}
