/** The night's series: a narrative at a place, by minute or by longer steps. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Narrative, PlaceId } from '../../classify/contract.ts'
import { param, sql, type Sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { Coverage } from '../../ingest/contract.ts'
import { readCoverage, seenShare } from '../coverage/read.ts'
import { seriesListSchema, type Series, type SeriesPoint } from '../contract.ts'
import type { App, AppDeps } from './deps.ts'
import { checkRange, narrativesParam, placeParam, timeParam } from './params.ts'
import { json, problemResponse, RequestError } from './problem.ts'

const MINUTE_MS = 60_000
/** Three days by the minute, and more than a screen has columns. */
const POINTS_MAX = 5_000
/** A week a point: a longer one says nothing of a night. */
const STEP_MAX = 7 * 24 * 60

const seriesRoute = createRoute({
  method: 'get',
  path: '/api/series',
  summary: 'Counts over time from sealed minutes; a minute without posts is a zero',
  request: {
    query: z.object({
      narrative: narrativesParam.describe('one or several, repeated or with commas between'),
      place: placeParam.default('US'),
      from: timeParam.optional().describe('default: the first minute with a post'),
      to: timeParam.optional().describe('default, and at most: where the night is sealed'),
      step: z.coerce
        .number()
        .int()
        .min(1)
        .max(STEP_MAX)
        .optional()
        .describe(`minutes a point; default: the least that gives at most ${POINTS_MAX} points`),
    }),
  },
  responses: {
    200: json(seriesListSchema, `a series for each narrative, of at most ${POINTS_MAX} points`),
    400: problemResponse('a filter that is none, or too many points'),
  },
})

export function addSeriesRoutes(app: App, { store, status, now }: AppDeps): void {
  app.openapi(seriesRoute, async (c) => {
    const { narrative: narratives, place, from, to, step } = c.req.valid('query')
    if (from !== undefined && to !== undefined) checkRange(from, to)
    const { from: start, sealedThrough } = await status()
    const end = Math.min(to ?? Infinity, sealedThrough ?? 0)
    const range = pickRange(from ?? start ?? end, end, step)
    const [series, coverage] = await Promise.all([
      readSeries(store, narratives, place, range),
      readCoverage(store, now(), { from: range.from * MINUTE_MS, to: range.to * MINUTE_MS }),
    ])
    markUnseen(series, coverage, range.step)
    return c.json({ series }, 200)
  })
}

/** A low point may be one that nobody could see. */
function markUnseen(series: readonly Series[], coverage: readonly Coverage[], step: number): void {
  const gaps = coverage.filter(({ share }) => share < 1)
  if (gaps.length === 0) return
  const shares = new Map<number, number>()
  for (const { points } of series) {
    for (const point of points) {
      const share = shares.get(point.t) ?? seenShare(gaps, point.t, point.t + step * MINUTE_MS)
      shares.set(point.t, share)
      if (share < 1) point.seen = share
    }
  }
}

interface Range {
  /** First minute, a multiple of `step`. */
  from: number
  /** After the last minute. */
  to: number
  step: number
}

function pickRange(fromMs: number, toMs: number, wanted: number | undefined): Range {
  const first = Math.floor(fromMs / MINUTE_MS)
  const to = Math.ceil(toMs / MINUTE_MS)
  const least = Math.max(1, Math.ceil((to - first) / (POINTS_MAX - 1)))
  const step = wanted ?? least
  const from = Math.floor(first / step) * step
  if (Math.ceil((to - from) / step) > POINTS_MAX) {
    const detail = `that would be more than ${POINTS_MAX} points: ask for a shorter time, or for step=${least} or more`
    throw new RequestError(400, 'too_many_points', detail)
  }
  return { from, to, step }
}

async function readSeries(
  store: Store,
  narratives: readonly Narrative[],
  place: PlaceId,
  range: Range,
): Promise<Series[]> {
  const { from, to, step } = range
  if (from >= to) return narratives.map((narrative) => ({ narrative, place, stepMinutes: step, points: [] }))
  const inRange = sql`minute >= ${param.int(from)} AND minute < ${param.int(to)}`
  const bucket = sql`toFloat64(intDiv(minute, ${param.int(step)}) * ${param.int(step)})`
  const [counts, exposure, authors] = await Promise.all([
    readCounts(store, narratives, place, inRange, bucket),
    store.query<{ t: number; exposure: number }>(sql`
      SELECT ${bucket} AS t, toFloat64(sum(election)) AS exposure FROM exposure_minutes FINAL
      WHERE ${inRange} AND place = ${param.string(place)} GROUP BY t`),
    step === 1 ? null : readAuthors(store, narratives, place, inRange, bucket),
  ])
  const exposureAt = new Map(exposure.map((row) => [row.t, row.exposure]))
  const countsAt = new Map(counts.map(({ narrative, t, ...row }) => [`${narrative}|${t}`, row]))
  const authorsAt = authors && new Map(authors.map((row) => [`${row.narrative}|${row.t}`, row.authors]))
  return narratives.map((narrative) => {
    const points: SeriesPoint[] = []
    for (let t = from; t < to; t += step) {
      const key = `${narrative}|${t}`
      const row = countsAt.get(key) ?? { posts: 0, authors: 0, debunks: 0, reports: 0, questions: 0 }
      const authorCount = authorsAt ? (authorsAt.get(key) ?? 0) : row.authors
      points.push({ ...row, t: t * MINUTE_MS, authors: authorCount, exposure: exposureAt.get(t) ?? 0 })
    }
    return { narrative, place, stepMinutes: step, points }
  })
}

type Counts = Omit<SeriesPoint, 'exposure'> & { narrative: Narrative }

function readCounts(
  store: Store,
  narratives: readonly Narrative[],
  place: PlaceId,
  inRange: Sql,
  bucket: Sql,
) {
  return store.query<Counts>(sql`
    SELECT narrative, ${bucket} AS t, toFloat64(sum(n.posts)) AS posts, toFloat64(sum(n.authors)) AS authors,
      toFloat64(sum(n.debunks)) AS debunks, toFloat64(sum(n.reports)) AS reports,
      toFloat64(sum(n.questions)) AS questions
    FROM narrative_minutes AS n FINAL
    WHERE ${inRange} AND place = ${param.string(place)} AND narrative IN ${param.strings(narratives)}
    GROUP BY narrative, t`)
}

/** Somebody who posts in two minutes of a step is one author: the minutes' own counts cannot be added. */
function readAuthors(
  store: Store,
  narratives: readonly Narrative[],
  place: PlaceId,
  inRange: Sql,
  bucket: Sql,
) {
  return store.query<{ narrative: Narrative; t: number; authors: number }>(sql`
    SELECT narrative, t, toFloat64(uniqExact(author)) AS authors
    FROM (SELECT ${bucket} AS t, author, arrayJoin(narratives) AS narrative FROM posts FINAL
          WHERE ${inRange} AND stance = 'asserts' AND author != '' AND has(counted_places, ${param.string(place)}))
    WHERE narrative IN ${param.strings(narratives)} GROUP BY narrative, t`)
}
