/**
 * A night of which everything is known: seeded, made of a few sentences, and written down twice, as the frames that a
 * source sends and as what the frames say (`truth.ts` counts that; no code of the pipeline does).
 */
import { createRandom, type Random } from '../../../ingest/sources/drill/random.ts'
import type { Frame } from '../../services/jetstream.ts'
import { ANSWERS, CHATTER, ELSEWHERE, RUMOURS, SCATTERED } from './sentences.ts'

const MINUTE_MS = 60_000
/** Long enough for three rumours, each with a quiet hour before it, by which the detector knows what is usual. */
const NIGHT_MINUTES = 150
const RUMOUR_STARTS = [50, 85, 115]
const RUMOUR_MINUTES = 18
/** Posts of a rumour in a minute, at its peak. */
const RUMOUR_PEAK = 7
const POSTS_A_MINUTE = 4
/** Pushed posts go together in batches of this many. */
const PUSH_BATCH = 6

/** What one post says; `original` is the id of the post that it repeats. */
export interface Said {
  id: string
  author: string
  createdAt: number
  /** Null for a repost. */
  text: string | null
  original: string | null
}

/** Posts as a partner pushes them. */
export interface PushBatch {
  key: string
  lines: string[]
}

export type Step = { kind: 'frame'; frame: Frame } | { kind: 'push'; batch: PushBatch }

export interface NightStream {
  /** In the order in which it comes. */
  steps: Step[]
  said: Said[]
  /** Ids of posts that were edited or deleted, with what holds at the end. */
  changed: Map<string, 'edited' | 'deleted'>
  /** Frames that are no posts, by the reason for which they are set aside. */
  broken: Record<'invalid_record' | 'no_text', number>
}

/** Six hours before, so that the night is over at any of its moments, and a push of it is not too old. */
export function startOfNight(now: number): number {
  return (Math.floor(now / 3_600_000) - 6) * 3_600_000
}

interface Arrival {
  at: number
  step: (timeUs: number) => Step
}

/** `startAt`: epoch ms, a whole minute. The same seed and start give the same night. */
export function createNight(seed: number, startAt: number): NightStream {
  const random = createRandom(`faults ${seed}`)
  const said: Said[] = []
  const arrivals: Arrival[] = []
  const changed: NightStream['changed'] = new Map()
  const broken = { invalid_record: 0, no_text: 0 }
  let number = 0

  const moment = (minute: number) => startAt + minute * MINUTE_MS + random.int(MINUTE_MS)
  const person = () => `did:plc:voter${random.int(4_000)}`

  /** A post in the stream; a few come late, so that their minute is sealed before. */
  function post(at: number, text: string | null, original: string | null, author = person()): Said {
    const id = `${author}/p${(number += 1)}`
    const one = { id: `bluesky:${id}`, author, createdAt: at, text, original }
    said.push(one)
    const lateMs = random.chance(0.03) ? (5 + random.int(25)) * MINUTE_MS : random.int(20_000)
    arrivals.push({ at: at + lateMs, step: (timeUs) => ({ kind: 'frame', frame: frameOf(one, timeUs) }) })
    if (text !== null && random.chance(0.03)) change(one, at + lateMs)
    return one
  }

  function change({ id, author }: Said, after: number): void {
    const kind = random.chance(0.5) ? 'edited' : 'deleted'
    changed.set(id, kind)
    const commit = {
      operation: kind === 'edited' ? 'update' : 'delete',
      collection: 'app.bsky.feed.post',
      rkey: id.split('/').at(-1)!,
      rev: `r${number}`,
      ...(kind === 'edited'
        ? { cid: `c${number}e`, record: { text: 'Edited', createdAt: new Date(after).toISOString() } }
        : {}),
    }
    arrivals.push({
      at: after + (1 + random.int(10)) * MINUTE_MS,
      step: (timeUs) => ({ kind: 'frame', frame: { did: author, time_us: timeUs, kind: 'commit', commit } }),
    })
  }

  /** Most of what is said of a rumour is reposts and copies of the same words; some say it in words of their own. */
  function rumour([text, ...others]: readonly [string, ...string[]], start: number): void {
    const origin = post(moment(start), text, null)
    for (let minute = start + 1; minute < start + RUMOUR_MINUTES; minute++) {
      const share = Math.sin((Math.PI * (minute - start)) / RUMOUR_MINUTES)
      for (let n = random.poisson(RUMOUR_PEAK * share); n > 0; n--) {
        if (random.chance(0.7)) post(moment(minute), null, origin.id)
        else post(moment(minute), random.chance(0.5) ? random.pick([text, ...others]) : text, null)
      }
    }
    // Come before what they repeat, and in another delivery than it.
    const later = moment(start + 14)
    const copy = post(later, text, null)
    for (let n = 0; n < 4; n++) post(later - (3 + n) * MINUTE_MS, null, copy.id)
  }

  for (let minute = 0; minute < NIGHT_MINUTES; minute++) {
    for (let n = random.poisson(POSTS_A_MINUTE); n > 0; n--) {
      const text = random.pick(pickWords(random))
      const one = post(moment(minute), text, null)
      if (random.chance(0.15)) post(one.createdAt + random.int(8 * MINUTE_MS), null, one.id)
    }
    // Of a post that nobody here has seen.
    if (random.chance(0.1)) post(moment(minute), null, `bluesky:did:plc:stranger${minute}/p0`)
    if (random.chance(0.1)) {
      const reason = random.chance(0.5) ? 'invalid_record' : 'no_text'
      broken[reason] += 1
      arrivals.push({ at: moment(minute), step: (timeUs) => brokenStep(reason, minute, timeUs) })
    }
    if (minute % 8 === 4) arrivals.push(pushed(random, moment(minute), minute, said))
  }
  RUMOURS.forEach((wordings, i) => rumour(wordings, RUMOUR_STARTS[i]!))
  arrivals.sort((a, b) => a.at - b.at)
  // No two frames have one time: the cursor is a time.
  let timeUs = 0
  const steps = arrivals.map(({ at, step }) => step((timeUs = Math.max(timeUs + 1, at * 1_000))))
  return { steps, said, changed, broken }
}

function pickWords(random: Random): readonly string[] {
  const kind = random.next()
  if (kind < 0.4) return ELSEWHERE
  if (kind < 0.85) return CHATTER
  return kind < 0.93 ? ANSWERS : SCATTERED
}

function frameOf({ id, author, createdAt, text, original }: Said, timeUs: number): Frame {
  const rkey = id.split('/').at(-1)!
  const when = { createdAt: new Date(createdAt).toISOString() }
  const common = { operation: 'create', rkey, rev: rkey, cid: `cid-${rkey}` }
  const commit =
    original === null
      ? { ...common, collection: 'app.bsky.feed.post', record: { ...when, text, langs: ['en'] } }
      : {
          ...common,
          collection: 'app.bsky.feed.repost',
          record: { ...when, subject: { uri: uriOf(original) } },
        }
  return { did: author, time_us: timeUs, kind: 'commit', commit }
}

function uriOf(id: string): string {
  const [did, rkey] = id.slice('bluesky:'.length).split('/')
  return `at://${did}/app.bsky.feed.post/${rkey}`
}

function brokenStep(reason: 'invalid_record' | 'no_text', minute: number, timeUs: number): Step {
  const rkey = `broken${minute}`
  const common = {
    operation: 'create',
    collection: 'app.bsky.feed.post',
    rkey,
    rev: rkey,
    cid: `cid-${rkey}`,
  }
  const record = { text: ' \n', createdAt: new Date(Math.floor(timeUs / 1_000)).toISOString() }
  const commit = reason === 'no_text' ? { ...common, record } : common
  return { kind: 'frame', frame: { did: 'did:plc:broken', time_us: timeUs, kind: 'commit', commit } }
}

function pushed(random: Random, at: number, minute: number, said: Said[]): Arrival {
  const lines: string[] = []
  for (let n = 0; n < PUSH_BATCH; n++) {
    const one = {
      id: `push:partner/m${minute}n${n}`,
      author: `partner ${random.int(200)}`,
      createdAt: at - random.int(3 * MINUTE_MS),
      text: random.pick(random.chance(0.3) ? SCATTERED : CHATTER),
      original: null,
    }
    said.push(one)
    const { author, text } = one
    lines.push(
      JSON.stringify({
        id: one.id.split('/')[1],
        createdAt: new Date(one.createdAt).toISOString(),
        author,
        text,
      }),
    )
  }
  const batch = { key: `minute-${minute}`, lines }
  return { at, step: () => ({ kind: 'push', batch }) }
}
