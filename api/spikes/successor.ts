/**
 * Which spike stands where a withdrawn one stood. Counts that change move a burst's alarm by minutes, and its id is made
 * of that minute: the story goes on as another spike, and what the office wrote about it goes with it.
 */
import type { Spike } from '../contract.ts'

/** Posts judged again move a burst's edges by minutes; what begins later than this is a story of its own (as in levels.ts). */
const SLACK_MS = 15 * 60_000

/**
 * The withdrawn ones of `spikes` (by id) whose successor is another than they say, with it. It follows from the spikes
 * alone, whatever the order in which they were told.
 */
export function newSuccessors(spikes: ReadonlyMap<string, Spike>): Spike[] {
  const all = [...spikes.values()]
  const standing = all.filter(({ phase }) => phase !== 'withdrawn')
  return all.flatMap((spike) => {
    if (spike.phase !== 'withdrawn') return []
    // One that is remembered no more was over long ago, and is withdrawn no more.
    if (spike.successor !== null && !spikes.has(spike.successor)) return []
    const successor = successorOf(spike, standing)
    return successor === spike.successor ? [] : [{ ...spike, successor }]
  })
}

/** Of the same narrative and place, at the same time or next to it: an alarm before an echo, then what shares most of its time. */
function successorOf(withdrawn: Spike, standing: readonly Spike[]): string | null {
  const { narrative, place } = withdrawn
  const [best] = standing
    .filter((one) => one.narrative === narrative && one.place === place)
    .map((one) => ({ one, shared: sharedMs(withdrawn, one) }))
    .filter(({ shared }) => shared >= -SLACK_MS)
    .sort(
      (a, b) =>
        Number(a.one.echo) - Number(b.one.echo) ||
        b.shared - a.shared ||
        a.one.onset - b.one.onset ||
        (a.one.id < b.one.id ? -1 : 1),
    )
  return best?.one.id ?? null
}

/** Time that both were under way; negative: how far they lie apart. */
function sharedMs(withdrawn: Spike, other: Spike): number {
  // Withdrawn by a version that noted no end: it is known to have lasted to its alarm and its peak.
  const end = withdrawn.end ?? Math.max(withdrawn.detected, withdrawn.peak)
  return Math.min(end, other.end ?? Infinity) - Math.max(withdrawn.onset, other.onset)
}
