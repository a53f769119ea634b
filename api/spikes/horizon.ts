/** How far the minutes can be sealed: the low watermark over the topic's partitions. */

/** Posts may come this much out of order, on the night's clock, and still be in their minute when it is sealed. */
export const LATENESS_MS = 30_000
/** A partition that handled nothing for this long (wall clock) does not hold the others back. */
const IDLE_MS = 10_000
/** Live, a minute is sealed this long after its end, within the minute that is promised. */
const LIVE_SEAL_MS = 45_000
/** Live, a partition whose newest post is older than this, with more waiting, is behind: sealing waits for it. */
const BEHIND_MS = 120_000
const MINUTE_MS = 60_000

export interface PartitionProgress {
  partition: number
  /** Newest event time handled, epoch ms. */
  watermark: number
  /** Records waiting behind. */
  lag: number
  /** Wall-clock ms since it last handled something. */
  idleMs: number
}

export interface HorizonInput {
  live: boolean
  /** Wall clock, epoch ms. */
  now: number
  partitionCount: number
  partitions: readonly PartitionProgress[]
  /** Newest event time of the finite sources that every partition saw end, or null. */
  endedAt: number | null
  /** Live: nothing waits, whatever partitions said of it (drained.ts). */
  drained: boolean
}

/** The time, epoch ms, before which every minute that has ended can be sealed; null where nothing can be yet. */
export function sealHorizon(input: HorizonInput): number | null {
  const streaming = input.live ? liveHorizon(input) : streamHorizon(input)
  const ended = input.endedAt === null ? null : endOfMinute(input.endedAt)
  if (streaming === null || ended === null) return streaming ?? ended
  return Math.max(streaming, ended)
}

/** Live, the partitions that sealing waits for, by what they said last. */
export function partitionsBehind({
  now,
  partitions,
}: Pick<HorizonInput, 'now' | 'partitions'>): PartitionProgress[] {
  return partitions.filter(({ lag, watermark }) => lag > 0 && watermark < now - BEHIND_MS)
}

function liveHorizon({ now, partitions, drained }: HorizonInput): number {
  const behind = drained ? [] : partitionsBehind({ now, partitions })
  if (behind.length === 0) return now - LIVE_SEAL_MS
  return Math.min(...behind.map(({ watermark }) => watermark)) - LATENESS_MS
}

function streamHorizon({ partitions, partitionCount }: HorizonInput): number | null {
  if (partitions.length === 0) return null
  const active = partitions.filter(({ idleMs }) => idleMs < IDLE_MS)
  if (active.length === 0) return Math.max(...partitions.map(({ watermark }) => watermark)) - LATENESS_MS
  // A partition that never spoke may still be about to: it holds back until the others have spoken for a while.
  const allHeard = partitions.length >= partitionCount || partitions.some(({ idleMs }) => idleMs >= IDLE_MS)
  return allHeard ? Math.min(...active.map(({ watermark }) => watermark)) - LATENESS_MS : null
}

function endOfMinute(time: number): number {
  return (Math.floor(time / MINUTE_MS) + 1) * MINUTE_MS
}
