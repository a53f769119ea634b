/** The detector over every county at once: what a tick costs, and what it remembers. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRandom } from '../../../ingest/sources/drill/random.ts'
import { createDetector } from '../../spikes/detect/create-detector.ts'
import type { SeriesCount } from '../../spikes/detector.ts'
import { quantile, type Figure } from './measure.ts'

/** Counties of the fifty states and the District, and the narratives of a night. */
const COUNTIES = 3_143
const NARRATIVES = ['a', 'b', 'c', 'd', 'e', 'f']
/** Half an hour until every window is full, then what is measured. */
const WARM_TICKS = 30
const TICKS = 120
/** Posts that name a county at all, a minute; the largest places have most of them. */
const POSTS = 6_000
const SHARE = 0.003
const MB = 1024 * 1024

export function measureDetector(): Figure[] {
  const collect = garbageCollector()
  collect()
  const before = process.memoryUsage().heapUsed
  const tickRows = calmCounties()
  const detector = createDetector({ stepSeconds: 60, hierarchical: true })
  // CPU time, which the machine's other work leaves nearly alone; it holds the garbage collector's threads too.
  const times: number[] = []
  for (let tick = 0; tick < WARM_TICKS + TICKS; tick++) {
    const counts = tickRows()
    const start = process.cpuUsage()
    detector.tick(tick * 60, counts)
    const { user, system } = process.cpuUsage(start)
    if (tick >= WARM_TICKS) times.push((user + system) / 1_000)
  }
  collect()
  const heap = (process.memoryUsage().heapUsed - before) / MB
  const series = COUNTIES * NARRATIVES.length
  const median = quantile(times, 0.5)
  const note = `CPU of a tick of ${series.toLocaleString('en-US')} series: median ${median.toFixed(1)}, 95 % ${quantile(times, 0.95).toFixed(1)}, longest ${Math.max(...times).toFixed(1)} ms; ${heap.toFixed(0)} MB`
  return [
    { stage: 'detector', perSecond: (1_000 * series) / median, cpuMicros: (1_000 * median) / series, note },
  ]
}

/** Ticks of calm counties whose sizes differ as those of real ones do. */
function calmCounties(): () => SeriesCount[] {
  const random = createRandom('bench')
  const weights = Array.from({ length: COUNTIES }, (_, i) => 1 / (i + 10))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return () =>
    weights.flatMap((weight, county) => {
      const exposure = (POSTS * weight) / sum
      const place = String(10_000 + county)
      return NARRATIVES.map((narrative) => ({
        key: `${place}|${narrative}`,
        count: random.poisson(exposure * SHARE),
        exposure,
      }))
    })
}

/** Collects garbage at once, so that what is measured is what is remembered. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
