/**
 * Echoes: much posted by few voices. The detector, which counts voices, passes over them; an office still wants to see
 * that four accounts post three hundred times, as that and not as an alarm. A rule, since nothing here is uncertain.
 */
import type { Burst } from './detector.ts'

/** Long enough for a campaign to show, short enough to see it end. */
const WINDOW_MINUTES = 15
/** Fewer posts than these are not worth a line of their own. */
const POSTS_MIN = 20
/** This many posts for each voice: among people who speak for themselves there are fewer than two. */
const POSTS_PER_VOICE = 6
/** A crest older than this is past. */
const CREST_MINUTES = 5

/** A series in one minute. */
export interface Heard {
  key: string
  posts: number
  voices: number
}

interface EchoState {
  key: string
  /** Posts and voices of the last minutes, the newest last. */
  posts: number[]
  voices: number[]
  burst: Burst | null
  /** Posts of the burst's fullest minute, and the last minute in which more was posted than voices were heard. */
  crest: number
  last: number
  /** Posts and voices since that minute: the burst's own only if another one follows. */
  pendingPosts: number
  pendingVoices: number
}

export interface EchoFinder {
  /** Takes a minute (start in epoch seconds); `taken` are the series whose burst is open, which says as much already. */
  take(t: number, heard: readonly Heard[], taken: ReadonlySet<string>): Burst[]
  snapshot(): EchoState[]
}

export function createEchoFinder(state: readonly EchoState[] = []): EchoFinder {
  const series = new Map(structuredClone(state).map((s) => [s.key, s]))

  function push(s: EchoState, posts: number, voices: number): void {
    s.posts.push(posts)
    s.voices.push(voices)
    if (s.posts.length <= WINDOW_MINUTES) return
    s.posts.shift()
    s.voices.shift()
  }

  return {
    take(t, heard, taken) {
      for (const { key, posts } of heard) if (posts > 0 && !series.has(key)) series.set(key, newEcho(key))
      const now = new Map(heard.map((one) => [one.key, one]))
      const told: Burst[] = []
      for (const s of series.values()) {
        const one = now.get(s.key)
        push(s, one?.posts ?? 0, one?.voices ?? 0)
        const burst = follow(s, t, taken.has(s.key))
        if (burst !== null) told.push({ ...burst })
        if (sum(s.posts) === 0) series.delete(s.key)
      }
      return told
    },
    snapshot: () => structuredClone([...series.values()]),
  }
}

/** Opens, follows or closes the echo of a series at the minute that begins at `t`. */
function follow(s: EchoState, t: number, taken: boolean): Burst | null {
  const posts = sum(s.posts)
  const echoes = posts >= POSTS_MIN && posts >= POSTS_PER_VOICE * sum(s.voices)
  if (s.burst === null) {
    if (echoes && !taken) s.burst = open(s, t)
    return s.burst
  }
  const burst = s.burst
  const newest = s.posts.at(-1)!
  s.pendingPosts += newest
  s.pendingVoices += s.voices.at(-1)!
  if (newest > s.voices.at(-1)!) takePending(s, burst, t)
  if (newest > s.crest) {
    s.crest = newest
    burst.peak = t
  }
  burst.phase = t - burst.peak > CREST_MINUTES * 60 ? 'peaked' : 'growing'
  if (echoes) return burst
  s.burst = null
  return { ...burst, phase: 'closed', end: s.last }
}

function takePending(s: EchoState, burst: Burst, t: number): void {
  burst.count += s.pendingPosts
  burst.expected += s.pendingVoices
  burst.size = burst.sizeLow = burst.sizeHigh = burst.count - burst.expected
  s.pendingPosts = s.pendingVoices = 0
  s.last = t
}

/** Begins with the first minute of the window in which more was posted than voices were heard. */
function open(s: EchoState, t: number): Burst {
  const from = s.posts.findIndex((posts, i) => posts > s.voices[i]!)
  const at = (i: number): number => t - (s.posts.length - 1 - i) * 60
  const count = sum(s.posts.slice(from))
  const expected = sum(s.voices.slice(from))
  const size = count - expected
  s.crest = Math.max(...s.posts)
  s.last = at(s.posts.findLastIndex((posts, i) => posts > s.voices[i]!))
  s.pendingPosts = s.pendingVoices = 0
  const peak = at(s.posts.indexOf(s.crest))
  const sizes = { size, sizeLow: size, sizeHigh: size }
  return {
    key: s.key,
    onset: at(from),
    detected: t,
    peak,
    end: null,
    count,
    expected,
    ...sizes,
    score: 0,
    phase: 'open',
    echo: true,
  }
}

function newEcho(key: string): EchoState {
  return { key, posts: [], voices: [], burst: null, crest: 0, last: 0, pendingPosts: 0, pendingVoices: 0 }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
