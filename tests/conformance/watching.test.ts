/** What the roles tell of themselves while posts go their way: metrics, readiness, traces, and a log without texts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { traceOf } from '../../api/boot/watching/traces.ts'
import { startCli, type Running } from '../services/cli.ts'
import { listen } from '../services/listen.ts'
import { lintMetrics } from '../services/promlint.ts'
import { freePort } from '../services/server-process.ts'

const MARK = 'zanzibar'
const POSTS = 60
const TALK = 40
const START_MS = 120_000

interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  startTimeUnixNano: string
  endTimeUnixNano: string
}

let folder: string
let spans: Span[] = []
let traceBodies = ''
const roles: Running[] = []
const at: Record<'ingest' | 'classify' | 'desk', string> = { ingest: '', classify: '', desk: '' }
const collector = createServer((incoming, outgoing) => {
  void (async () => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    traceBodies += body
    const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }
    spans = [
      ...spans,
      ...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    ]
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })()
})

const post = (n: number) =>
  JSON.stringify({
    id: `${n}`,
    author: `voter ${n}`,
    date: new Date(Date.now() - 60_000 + n * 100).toISOString(),
    text: `They threw away our ballots in ${MARK} county, machine ${n} is broken and the vote was not counted`,
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-watching-'))
  const lines = Array.from({ length: POSTS }, (_, n) => post(n))
  // Most of a network's posts say nothing of an election.
  for (let n = 0; n < TALK; n++) {
    const date = new Date(Date.now() - 60_000 + n * 100).toISOString()
    lines.push(JSON.stringify({ id: `talk ${n}`, date, text: `My cat ${n} sleeps in the sun of ${MARK}` }))
  }
  // What goes wrong shows no text either: half a record, half a letter, a number for a text.
  lines.push(`{"id":"half","text":"${MARK} and then`, `{"id":"odd","date":"never","text":"${MARK} \\ud83d"}`)
  lines.push(JSON.stringify({ id: 'long', date: new Date().toISOString(), text: `${MARK} `.repeat(5_000) }))
  await writeFile(join(folder, 'night.jsonl'), `${lines.join('\n')}\n`)
  const ports = { ingest: await freePort(), classify: await freePort(), desk: await freePort() }
  for (const role of ['ingest', 'classify', 'desk'] as const) at[role] = `http://127.0.0.1:${ports[role]}`
  const env = {
    KAFKA_BROKERS: inject('kafkaBrokers').join(','),
    CLICKHOUSE_URL: inject('clickhouseUrl'),
    TALLYWATCH_NAMESPACE: `watching_${process.pid}`,
    TALLYWATCH_AUTHOR_KEY: 'k'.repeat(32),
    TALLYWATCH_DATA: join(folder, 'data'),
    TALLYWATCH_READY_BEHIND: '600',
    // A folder is followed for good; a file would end the role, and with it what it tells.
    TALLYWATCH_SOURCES: `folder:${folder}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${await listen(collector)}/`,
    OTEL_TRACES_SAMPLER_ARG: '1',
    OTEL_BSP_SCHEDULE_DELAY: '200',
  }
  for (const role of ['classify', 'ingest'] as const)
    roles.push(startCli([role], { ...env, TALLYWATCH_HEALTH: `127.0.0.1:${ports[role]}` }))
  roles.push(startCli(['desk', '--port', String(ports.desk)], env))
  await Promise.all([
    roles[0]!.until(/judging/),
    roles[1]!.until(/following/),
    roles[2]!.until(/Tallywatch is at/),
  ])
}, START_MS)

afterAll(async () => {
  for (const { child } of roles) child.kill('SIGTERM')
  await Promise.all(roles.map(({ done }) => done))
  collector.closeAllConnections()
  collector.close()
  await rm(folder, { recursive: true })
})

/** Three processes start at once, on a machine that may be busy. */
async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + START_MS
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`Waited too long: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const page = async (role: keyof typeof at): Promise<string> => (await fetch(`${at[role]}/metrics`)).text()
const valueOf = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')[1] ?? NaN,
  )

describe('while posts go their way', () => {
  test(
    'every role tells what it did, in names that promtool takes',
    async () => {
      const handled = 'tallywatch_topic_handled_records_total{topic="posts"}'
      await until('all is judged', async () => valueOf(await page('classify'), handled) > POSTS + TALK)
      const [ingest, classify] = [await page('ingest'), await page('classify')]
      for (const text of [ingest, classify, await page('desk')]) expect(lintMetrics(text)).toEqual([])
      expect(valueOf(ingest, 'tallywatch_topic_published_records_total{topic="posts"}')).toBeGreaterThan(
        POSTS,
      )
      expect(valueOf(ingest, 'tallywatch_topic_unacknowledged_records{topic="posts"}')).toBe(0)
      const decided = (stage: string) =>
        valueOf(classify, `tallywatch_classifier_texts_total{stage="${stage}"}`)
      const shown = ['cache', 'fast', 'encoder'].reduce((sum, stage) => sum + decided(stage), 0)
      expect(shown).toBeGreaterThanOrEqual(POSTS)
      expect(decided('gate')).toBeGreaterThanOrEqual(TALK)
      expect(valueOf(classify, 'tallywatch_post_stored_delay_seconds_count')).toBeGreaterThanOrEqual(POSTS)
      expect(valueOf(classify, 'tallywatch_topic_refused_deliveries_total{topic="posts"}')).toBe(0)
      await until('the desk has sealed', async () => {
        const text = await page('desk')
        return (
          valueOf(text, 'tallywatch_minute_sealed_delay_seconds_count') > 0 &&
          valueOf(text, 'tallywatch_posts') > 0
        )
      })
    },
    2 * START_MS,
  )

  test('each is alive and ready, and says how far behind it is', async () => {
    for (const role of ['ingest', 'classify', 'desk'] as const) {
      expect((await fetch(`${at[role]}/healthz`)).status).toBe(200)
      const ready = await fetch(`${at[role]}/readyz`)
      expect([role, ready.status, await ready.json()]).toMatchObject([role, 200, { status: 'ok' }])
    }
  })

  test(
    'a trace follows a post from capture to store, found by the post’s id',
    async () => {
      const known = () => spans.filter(({ name }) => name === 'ingest')
      await until('a whole trace', () => {
        const complete = known().find(({ traceId }) =>
          ['topic', 'classify'].every((name) =>
            spans.some((span) => span.traceId === traceId && span.name === name),
          ),
        )
        return complete !== undefined
      })
      // And of a flagged one until pages are told of it, if it came when a desk was there.
      await writeFile(join(folder, 'late.jsonl'), `${post(POSTS)}\n`)
      await until('a page is told', () => spans.some(({ name }) => name === 'desk'))
      const root = known().find(({ traceId }) =>
        spans.some((span) => span.traceId === traceId && span.name === 'desk'),
      )!
      const children = spans.filter(({ traceId, name }) => traceId === root.traceId && name !== 'ingest')
      for (const child of children) {
        expect(child.parentSpanId).toBe(root.spanId)
        expect(BigInt(child.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(child.startTimeUnixNano))
      }
      expect(root.parentSpanId ?? '').toBe('')
      const { posts } = (await (await fetch(`${at.desk}/api/posts?limit=100`)).json()) as {
        posts: { id: string }[]
      }
      const traceIds = posts.map(({ id }) => traceOf(id, 1)?.traceId)
      expect(traceIds.length).toBeGreaterThan(POSTS / 2)
      expect(spans.map(({ traceId }) => traceId)).toEqual(expect.arrayContaining(traceIds))
      expect(traceBodies).not.toContain(MARK)
    },
    START_MS,
  )

  test('no text reached a log', () => {
    for (const role of roles) {
      const { stdout, stderr } = role.output()
      expect(stdout + stderr).not.toContain(MARK)
    }
  })
})
