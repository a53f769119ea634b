import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { createBacklog } from '../../../api/boot/watching/backlog.ts'
import { createHealth } from '../../../api/boot/watching/health.ts'
import { createMetrics, type Role } from '../../../api/boot/watching/metrics.ts'
import { startWatch, watchLive } from '../../../api/boot/watching/start.ts'
import { behindOf, createReadiness } from '../../../api/boot/readiness.ts'
import type { ArrivedPost, Status } from '../../../api/contract.ts'
import { writeMetrics } from '../../../api/routes/metrics.ts'
import { lintMetrics, metricNames } from '../../services/promlint.ts'

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')

function fail(error: unknown): void {
  throw error
}

/** A page as a process of this role writes it, with everything in it. */
async function pageOf(role: Role): Promise<string> {
  const metrics = createMetrics(role)
  metrics.watchClassifier(() => ({ gate: 7, cache: 2, fast: 1, encoder: 1 }))
  metrics.watchBehind(() => 1_500)
  metrics.watchSealed(() => 2_500)
  metrics.published.inc({ topic: 'posts' }, 3)
  metrics.acknowledged.observe({ topic: 'posts' }, 0.2)
  metrics.errors.inc({ code: 'unavailable' })
  metrics.watchTopic('posts', { stuckMs: () => 3_500, lags: () => [{ partition: 0, lag: 12 }] })
  return metrics.write()
}

const STATUS = {
  posts: 10,
  election: 5,
  flagged: 1,
  hasty: 2,
  deadLettered: 2,
  lag: 3,
  staleMs: 500,
  sources: [
    {
      source: 'bluesky',
      state: 'running',
      detail: '',
      since: 0,
      counts: { received: 9, accepted: 7, duplicate: 1, dead: 1, lastEventAt: 1 },
      lagMs: 2_000,
      gapSeconds: 3,
    },
  ],
} as unknown as Status

describe('metrics', () => {
  test('read as promtool wants them', async () => {
    const pages = [
      await pageOf('ingest'),
      await pageOf('classify'),
      (await writeMetrics(STATUS)) + (await pageOf('desk')),
    ]
    for (const page of pages) expect(lintMetrics(page)).toEqual([])
    expect(pages[1]).toContain('tallywatch_classifier_texts_total{stage="cache"} 2')
    expect(pages[0]).toContain('tallywatch_behind_seconds 1.5')
    expect(pages[2]).toContain('tallywatch_topic_lag_records{topic="posts",partition="0"} 12')
    expect(pages[2]).toContain('tallywatch_topic_unacknowledged_seconds{topic="posts"} 3.5')
  })

  test('count a consumer that was lost, which is told in the log alone, and no setting', async () => {
    const told: string[] = []
    const watch = await startWatch(
      'classify',
      { traces: null },
      { onError: fail, warn: (text) => told.push(text) },
    )
    watch.onWarning('two copies of each record would be safer', 'unsafe_setting')
    watch.onWarning('nothing is taken', 'consumer_lost')
    expect(told).toEqual(['two copies of each record would be safer', 'nothing is taken'])
    const lines = (await watch.metrics.write())
      .split('\n')
      .filter((line) => line.startsWith('tallywatch_errors'))
    expect(lines).toEqual(['tallywatch_errors_total{code="consumer_lost"} 1'])
  })

  test('tell how long a flagged post took to the page', async () => {
    const metrics = createMetrics('desk')
    const post = (capturedAt: number) =>
      ({ id: 'a', createdAt: 0, capturedAt, narratives: [], places: [] }) satisfies ArrivedPost
    watchLive(metrics, () => 10_000).shown({ type: 'posts', posts: [post(9_000), post(9_600)], flagged: 2 })
    const page = await metrics.write()
    expect(page).toContain('tallywatch_post_shown_delay_seconds_count 2')
    expect(page).toContain('tallywatch_post_shown_delay_seconds_sum 1.4')
  })

  test('the lint sees what promtool sees', () => {
    const page = `# HELP a_ms_total x
# TYPE a_ms_total gauge
a_ms_total{Bad="1"} 1
# TYPE b counter
b 1
b 1
c 2
`
    expect(lintMetrics(page).sort()).toEqual(
      [
        'a_ms_total: a unit is abbreviated',
        'a_ms_total: only a counter ends in _total',
        'b: a counter ends in _total',
        'b: no help text',
        'label is not snake_case: Bad',
        'no HELP and TYPE: c',
        'twice: b',
      ].sort(),
    )
  })

  test('every metric of the dashboard and of the rules is one that is told', async () => {
    const told = metricNames((await writeMetrics(STATUS)) + (await pageOf('all')))
    const { panels } = dashboardSchema.parse(JSON.parse(await read('docs/operations/grafana.json')))
    const { groups } = rulesSchema.parse(parse(await read('docs/operations/alerts.yml')))
    const expressions = [
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
    ]
    const used = new Set(
      expressions
        .flatMap((expression) => expression.match(/\b(?:tallywatch|process|nodejs)_[a-z0-9_]+/g) ?? [])
        .map((name) => (told.has(name) ? name : name.replace(/_(?:bucket|count|sum)$/, ''))),
    )
    expect(used.size).toBeGreaterThan(20)
    expect([...used].filter((name) => !told.has(name))).toEqual([])
    // And what this project tells is looked at somewhere.
    const idle = [...told].filter((name) => name.startsWith('tallywatch_') && !used.has(name))
    expect(idle.sort()).toEqual([
      'tallywatch_info',
      'tallywatch_posts',
      'tallywatch_source_dead_total',
      'tallywatch_source_duplicate_total',
      'tallywatch_source_received_total',
    ])
  })

  test('every alert has a page that says what to do, and the page has no other', async () => {
    const { groups } = rulesSchema.parse(parse(await read('docs/operations/alerts.yml')))
    const rules = groups.flatMap(({ rules }) => rules)
    const headings = [...(await read('docs/alerts.md')).matchAll(/^## (\w+)$/gm)].map(([, name]) => name)
    expect(rules.map(({ alert }) => alert)).toEqual(headings)
    for (const { alert, annotations } of rules)
      expect(annotations.runbook).toBe(`docs/alerts.md#${alert.toLowerCase()}`)
  })
})

const dashboardSchema = z.object({
  panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })).min(1) })),
})
const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({ alert: z.string(), expr: z.string(), annotations: z.object({ runbook: z.string() }) }),
      ),
    }),
  ),
})

describe('how far behind', () => {
  const MINUTE = 60_000
  let clock = 30_000_000 * MINUTE
  const now = () => clock

  test('is the age of the oldest post under way, and of what waits behind it', () => {
    const backlog = createBacklog(now)
    backlog.begin('posts/0', [clock - 3 * MINUTE, clock])
    expect(backlog.behindMs()).toBe(3 * MINUTE)
    backlog.end('posts/0', [clock - 3 * MINUTE, clock - MINUTE], 500)
    expect(backlog.behindMs()).toBe(MINUTE)
    backlog.begin('posts/0', [clock])
    backlog.end('posts/0', [clock], 0)
    expect(backlog.behindMs()).toBe(0)
  })

  test('grows while a delivery fails or hangs, and forgets a partition that another has', () => {
    const backlog = createBacklog(now)
    backlog.begin('posts/0', [clock])
    clock += 2 * MINUTE
    backlog.begin('posts/0', [clock])
    expect(backlog.behindMs()).toBe(2 * MINUTE)
    backlog.end('posts/0', [clock], 7)
    clock += 2 * MINUTE
    expect(backlog.behindMs()).toBe(0)
  })

  test('does not count a recording, whose posts were captured long ago', () => {
    const backlog = createBacklog(now)
    backlog.begin('posts/0', [1])
    expect(backlog.behindMs()).toBe(0)
  })

  test('at the desk: minutes sealed later than promised, or posts that wait and nobody judges', () => {
    const view = (sealedAgo: number, idleMs: number, failingFor: number | null = null) => ({
      now,
      watcher: {
        view: () => ({
          sealedThrough: clock - sealedAgo,
          totals: null,
          from: 0,
          failingSince: failingFor === null ? null : clock - failingFor,
          progress: {
            partitions: [{ partition: 0, watermark: 0, lag: 0, idleMs }],
            endedAt: null,
            readAt: 0,
          },
        }),
      },
    })
    expect(behindOf(view(2 * MINUTE, 0), 0)).toBe(0)
    expect(behindOf(view(5 * MINUTE, 0), 0)).toBe(3 * MINUTE)
    expect(behindOf(view(MINUTE, 10 * MINUTE), 0)).toBe(0)
    expect(behindOf(view(MINUTE, 10 * MINUTE), 20 * MINUTE)).toBe(10 * MINUTE)
    // What has just come after a quiet time was waiting for nobody.
    expect(behindOf(view(MINUTE, 10 * MINUTE), 200)).toBe(200)
    expect(behindOf(view(MINUTE, 0, 4 * MINUTE), 0)).toBe(4 * MINUTE)
  })

  test('at the desk: what came after a quiet time is not late, and what stays is', async () => {
    let lag = 0
    const view = () => ({
      sealedThrough: clock - MINUTE,
      totals: null,
      from: 0,
      failingSince: null,
      progress: {
        partitions: [{ partition: 0, watermark: 0, lag: 0, idleMs: 30 * MINUTE }],
        endedAt: null,
        readAt: 0,
      },
    })
    const readiness = createReadiness({
      store: { ping: async () => true } as never,
      desk: { ping: async () => true },
      watcher: { view },
      mode: 'live',
      lag: async () => lag,
      readyBehindMs: MINUTE,
      now,
    })
    expect(await readiness()).toMatchObject({ status: 'ok', behindSeconds: 0 })
    lag = 1
    expect(await readiness()).toMatchObject({ status: 'ok', behindSeconds: 0 })
    clock += 2 * MINUTE
    expect(await readiness()).toMatchObject({ status: 'behind', behindSeconds: 120 })
    lag = 0
    expect(await readiness()).toMatchObject({ status: 'ok', behindSeconds: 0 })
  })

  test('readiness says so, and waits for nobody', async () => {
    let behind = 0
    const health = createHealth({
      metrics: createMetrics('classify'),
      metricsToken: 'a-token-of-metrics',
      answers: () => Promise.reject(new Error('away')),
      behindMs: () => behind,
      readyBehindMs: MINUTE,
    })
    expect(await (await health.request('/readyz')).json()).toMatchObject({ status: 'unavailable' })
    const well = createHealth({
      metrics: createMetrics('classify'),
      metricsToken: undefined,
      answers: async () => true,
      behindMs: () => behind,
      readyBehindMs: MINUTE,
    })
    expect((await well.request('/readyz')).status).toBe(200)
    behind = 61_000
    const answer = await well.request('/readyz')
    expect([answer.status, await answer.json()]).toEqual([503, { status: 'behind', behindSeconds: 61 }])
    expect((await well.request('/healthz')).status).toBe(200)
    expect((await health.request('/metrics')).status).toBe(401)
    expect((await well.request('/metrics')).status).toBe(200)
    const hanging = createReadiness({
      store: { ping: () => new Promise(() => {}) } as never,
      desk: { ping: async () => true },
      watcher: {
        view: () => ({ sealedThrough: null, from: null, progress: null, totals: null, failingSince: null }),
      },
      mode: 'live',
      lag: () => Promise.reject(new Error('away')),
      readyBehindMs: MINUTE,
      now,
    })
    expect(await hanging()).toEqual({ status: 'unavailable', store: false, desk: true, behindSeconds: 0 })
  })
})
