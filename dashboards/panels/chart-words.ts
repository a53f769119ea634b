/** A chart in words. */
import type { SeriesPoint } from '../../api/contract.ts'
import { count, whole } from '../format.ts'
import { at } from '../state.ts'
import type { Line } from './chart-marks.ts'

/** '05:47: 12 posts by 10 accounts, 3 against, of 5,120 about the election'; a longer step names its end too. */
export function pointWords(point: SeriesPoint, stepMinutes: number): string {
  const when = stepMinutes === 1 ? at(point.t) : `${at(point.t)} to ${at(point.t + stepMinutes * 60_000)}`
  return `${when}: ${count(point.posts, 'post')}, ${whole(point.debunks)} against, of ${whole(point.exposure)} about the election`
}

/** What somebody who sees the chart takes from it: the sum, the height, the answers. */
export function summary(
  claims: string,
  points: readonly SeriesPoint[],
  stepMinutes: number,
  lines: readonly Line[],
): string {
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined) return `${claims}: nothing to show yet.`
  const posts = points.reduce((sum, point) => sum + point.posts, 0)
  const top = points.reduce((best, point) => (point.posts > best.posts ? point : best), first)
  const until = last.t + stepMinutes * 60_000
  const step = stepMinutes === 1 ? 'minute' : `${stepMinutes} minutes`
  const height = top.posts === 0 ? '' : ` Most in one ${step}: ${whole(top.posts)}, at ${at(top.t)}.`
  const answers = lines.filter((line) => line.kind === 'answer').map((line) => at(line.at))
  const answered = answers.length === 0 ? '' : ` Official answers published at ${answers.join(', ')}.`
  return `${claims}: ${count(posts, 'post')} from ${at(first.t)} to ${at(until)}.${height}${answered}`
}
