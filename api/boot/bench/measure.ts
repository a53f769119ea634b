/** Timing, for `bench` alone: figures beside their ceiling in the same run, since machines are noisy. */

export interface Figure {
  stage: string
  /** Units of work a second. */
  perSecond: number
  /** CPU time of this process a unit, µs. */
  cpuMicros: number
  note: string
}

/** Runs `work` over `count` units once to warm up, then as often as fits into `minMs`; gives the best round. */
export async function measure(
  stage: string,
  count: number,
  work: () => void | Promise<void>,
  note = '',
  minMs = 1_500,
): Promise<Figure> {
  await work()
  let best: Figure | null = null
  const until = performance.now() + minMs
  do {
    const round = await timeOnce(stage, count, work, note)
    if (best === null || round.perSecond > best.perSecond) best = round
  } while (performance.now() < until)
  return best
}

/** One round, for work that cannot be repeated. */
export async function timeOnce(
  stage: string,
  count: number,
  work: () => void | Promise<void>,
  note = '',
): Promise<Figure> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { stage, perSecond: count / seconds, cpuMicros: (user + system) / count, note }
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0
}
