/** What the page knows. Panels read these signals and are drawn again when what they read has changed. */
import { computed, effect, signal } from '@preact/signals'
import type { CoverageEntry, Rebuttal, Spike, Status } from '../api/contract.ts'
import type { Narrative } from '../classify/contract.ts'
import { clockTime, type Zone } from './format.ts'
import { stateOfPlace } from './places.ts'
import { isOpen } from './words.ts'

export type Connection = 'connecting' | 'open' | 'lost'
export type Reach = '3h' | '12h' | 'all'
export type Route = { view: 'night' } | { view: 'spike'; id: string }

const HOUR_MS = 3_600_000
const ZONE_KEY = 'tallywatch.zone'
/** A server reads one status for all its pages, up to half a second before this one is told, and the way takes time. */
const STATUS_AGE_MS = 2_000

export const status = signal<Status | null>(null)
/** When `status` came, on this machine's own clock: the age of the data grows from it when the connection is cut. */
export const statusAt = signal(0)
/** When posts last moved the count of flagged ones ahead of the status, on this machine's clock. */
let raisedAt = -Infinity
export const connection = signal<Connection>('connecting')
/** Why the first load failed, in plain words. */
export const failure = signal<string | null>(null)
/** True once spikes, rebuttals and coverage have been loaded. */
export const loaded = signal(false)
/** Grows when everything must be read anew. */
export const epoch = signal(0)

export const spikes = signal<ReadonlyMap<string, Spike>>(new Map())
export const rebuttals = signal<ReadonlyMap<string, Rebuttal>>(new Map())
export const coverage = signal<readonly CoverageEntry[]>([])

export const zone = signal<Zone>(localStorage.getItem(ZONE_KEY) === 'utc' ? 'utc' : 'local')
export const narrative = signal<Narrative | null>(null)
export const place = signal('US')
export const reach = signal<Reach>('all')
export const route = signal<Route>(readRoute(location.hash))

/** What a screen reader says next: a new spike, a published answer. */
export const announcement = signal('')

effect(() => localStorage.setItem(ZONE_KEY, zone.value))

/** `#/spikes/<id>` is a spike's view; everything else is the night. */
export function readRoute(hash: string): Route {
  const id = /^#\/spikes\/([^/]+)$/.exec(hash)?.[1]
  return id === undefined ? { view: 'night' } : { view: 'spike', id }
}

const firstMinute = computed(() => status.value?.from ?? null)
const sealedThrough = computed(() => status.value?.sealedThrough ?? null)

/** The stretch of time that charts and map show, ending at the last whole minute; null before the first. */
export const shown = computed<{ from: number; to: number } | null>(() => {
  const first = firstMinute.value
  const to = sealedThrough.value
  if (first === null || to === null || to <= first) return null
  if (reach.value === 'all') return { from: first, to }
  return { from: Math.max(first, to - (reach.value === '3h' ? 3 : 12) * HOUR_MS), to }
})

/** The spikes that the filters let through: open ones first, the largest on top and echoes last; then the others, the newest on top. */
export const shownSpikes = computed(() =>
  [...spikes.value.values()]
    .filter((spike) => narrative.value === null || spike.narrative === narrative.value)
    .filter((spike) => place.value === 'US' || isWithin(spike.place, place.value))
    .sort(
      (a, b) =>
        Number(isOpen(b)) - Number(isOpen(a)) ||
        byVoices(a, b) ||
        bySize(a, b) ||
        b.onset - a.onset ||
        (a.id < b.id ? -1 : 1),
    ),
)

/** Every open spike, the largest first, whatever the filters say. An echo is no alarm. */
export const openSpikes = computed(() =>
  [...spikes.value.values()]
    .filter((spike) => isOpen(spike) && !spike.echo)
    .sort((a, b) => b.size - a.size || (a.id < b.id ? -1 : 1)),
)

/** Says nothing of those that are over. */
function bySize(a: Spike, b: Spike): number {
  return isOpen(a) && isOpen(b) ? b.size - a.size : 0
}

/** What few voices repeat stands below what many say, while both go on. */
function byVoices(a: Spike, b: Spike): number {
  return isOpen(a) && isOpen(b) ? Number(a.echo) - Number(b.echo) : 0
}

/** A state's counties lie in it. */
function isWithin(spikePlace: string, wanted: string): boolean {
  return spikePlace === wanted || stateOfPlace(spikePlace) === wanted
}

/** A time on the night's clock in the zone that was chosen. */
export function at(time: number): string {
  return clockTime(time, zone.value)
}

/** The rebuttals that answer a spike, the newest first: also those that were written to one whose place it took. */
export function answersTo(spikeId: string): Rebuttal[] {
  return [...rebuttals.value.values()]
    .filter((rebuttal) => rebuttal.spikeId !== null && standing(rebuttal.spikeId) === spikeId)
    .sort((a, b) => b.draftedAt - a.draftedAt)
}

/** The spike that took this one's place, where it was withdrawn and one did. */
function standing(spikeId: string): string {
  return spikes.value.get(spikeId)?.successor ?? spikeId
}

/**
 * Posts were stored just now: their count moves at once, and not with the next status. A stream that is resumed brings
 * counts from before the status: none takes it back.
 */
export function putFlagged(flagged: number): void {
  const now = status.peek()
  if (now === null || flagged <= now.flagged) return
  status.value = { ...now, flagged }
  raisedAt = Date.now()
}

/** Of a status that was read before posts were told, the count of flagged posts is theirs still. */
export function putStatus(next: Status): void {
  const now = Date.now()
  const told = now - raisedAt < STATUS_AGE_MS ? (status.peek()?.flagged ?? 0) : 0
  status.value = { ...next, flagged: Math.max(next.flagged, told) }
  statusAt.value = now
}

/** Keeps the newest revision: events and answers may cross on the wire. */
export function putSpikes(list: readonly Spike[]): void {
  const next = new Map(spikes.peek())
  for (const spike of list) {
    const known = next.get(spike.id)
    if (known === undefined || known.revision <= spike.revision) next.set(spike.id, spike)
  }
  spikes.value = next
}

export function putRebuttals(list: readonly Rebuttal[]): void {
  const next = new Map(rebuttals.peek())
  for (const rebuttal of list) {
    const known = next.get(rebuttal.id)
    if (known === undefined || known.updatedAt <= rebuttal.updatedAt) next.set(rebuttal.id, rebuttal)
  }
  rebuttals.value = next
}
