/** How accounts write: emoji, hashtags, slips of the keyboard; and who they are. */
import type { DrillPlace } from './places.ts'
import { COUNTIES, STATES } from './places.ts'
import type { Random } from './random.ts'
import type { Voice } from './topic.ts'

/** Accounts of the night that belong to no burst. */
const CROWD = 4_000
const OUTLETS = 14
/** One account in this many gives a place in its profile. */
const HINT_EVERY = 8

export type Mood = 'talk' | 'election' | 'claim'

const EMOJI: Record<Mood, readonly string[]> = {
  talk: ['😂', '🙃', '🐶', '🍕', '✨', '😅', '🌧️', '🎶', '😍', '💤'],
  election: ['🗳️', '🇺🇸', '🙌', '📊', '⏳', '💙', '❤️', '🥳', '👏'],
  claim: ['😡', '🚨', '🤔', '👀', '🤬', '‼️', '😤'],
}

const TAGS: Record<Mood, readonly string[]> = {
  talk: ['#tuesday', '#mood', '#cooking', '#petsofthenight', '#smalltalk'],
  election: ['#ElectionNight', '#IVoted', '#vote', '#Results', '#pollworker'],
  claim: ['#ElectionNight', '#vote', '#CountTheVotes', '#election', '#LookIntoThis'],
}

export interface Account {
  handle: string
  placeHint: string | null
}

/** An account of the crowd; few write often, most seldom. */
export function anyAccount(random: Random): Account {
  const n = Math.floor(CROWD * random.next() ** 1.5)
  const homes = [...COUNTIES, ...STATES]
  // By number, so that an account keeps its home through the night.
  const home = n % HINT_EVERY === 0 ? homes[(n / HINT_EVERY) % homes.length]! : null
  return { handle: `person-${n}`, placeHint: home?.hint ?? null }
}

/** An account of one burst's own circle; every second one of a local burst gives the place in its profile. */
export function circleAccount(
  circle: string,
  size: number,
  place: DrillPlace | null,
  random: Random,
): Account {
  const n = random.int(size)
  return { handle: `${circle}-${n}`, placeHint: place !== null && n % 2 === 1 ? place.hint : null }
}

/** The account of an outlet, or of the office of a place (or of any county). */
export function officialAccount(
  voice: Exclude<Voice, 'anybody'>,
  place: DrillPlace | null,
  random: Random,
): Account {
  if (voice === 'outlet') return { handle: `newsdesk-${random.int(OUTLETS)}`, placeHint: null }
  const home = place ?? random.pick(STATES)
  return { handle: `elections-${home.id}`, placeHint: home.hint }
}

/** Makes a composed sentence look typed by somebody; offices and outlets are left as they are. */
export function typed(text: string, mood: Mood, voice: Voice, random: Random): string {
  if (voice !== 'anybody') return /[.!?]$/.test(text) ? text : `${text}.`
  let out = text
  if (random.chance(0.08)) out = misspell(out, random)
  if (random.chance(0.12)) out = out.toLowerCase()
  if (!/[.!?]$/.test(out)) out += random.pick(['', '', '.', '.', '!', '...'])
  if (random.chance(0.15)) out += ` ${random.pick(EMOJI[mood])}`
  if (random.chance(0.14)) out += ` ${random.pick(TAGS[mood])}`
  return out
}

/** One slip in one longer word, never in a name. */
function misspell(text: string, random: Random): string {
  const words = text.split(' ')
  const long = words.flatMap((word, i) => (i > 0 && /^[a-z]{5,}$/.test(word) ? [i] : []))
  if (long.length === 0) return text
  const i = random.pick(long)
  const word = words[i]!
  const at = 1 + random.int(word.length - 3)
  const slip = random.pick([
    word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2),
    word.slice(0, at) + word[at]! + word.slice(at),
  ])
  return words.with(i, slip).join(' ')
}
