/** What was acknowledged to a sender is there, once, whatever happens to the process; embedded and on the servers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Status } from '../../api/contract.ts'
import { startCli, type Running } from '../services/cli.ts'

const TEST_MS = 120_000
const TOKEN = 'a-token-of-this-test'
/** So many a request, in so many requests. */
const LINES = 300
const PUSHES = 12

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-push-'))
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

async function urlOf(running: Running): Promise<string> {
  return (await running.until(/Tallywatch is at (\S+)/))[1]!
}

/** Records without ids and times: only the key makes them the same when they are sent again. */
function body(push: number): string {
  const lines = Array.from({ length: LINES }, (_, i) =>
    JSON.stringify({ text: `the voting machines in Mesa are down, push ${push} tip ${i}`, user: `u${i}` }),
  )
  return `${lines.join('\n')}\n`
}

async function send(url: string, push: number): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}api/ingest/tips`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/x-ndjson',
      'idempotency-key': `push ${push}`,
    },
    body: body(push),
  })
  return { status: response.status, body: await response.json() }
}

async function exported(url: string): Promise<string[]> {
  const text = await (await fetch(`${url}api/export?format=jsonl`)).text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { text: string }).text)
}

async function stop(running: Running): Promise<void> {
  running.child.kill('SIGTERM')
  expect(await running.done).toMatchObject({ code: 0 })
}

async function expectAll(url: string): Promise<void> {
  await expect.poll(() => exported(url), { timeout: 30_000 }).toHaveLength(LINES * PUSHES)
  expect(new Set(await exported(url)).size).toBe(LINES * PUSHES)
  // Counts are told every few seconds; what was sent again after the kill is among them.
  const received = async (): Promise<number> => {
    const text = await (await fetch(`${url}metrics`)).text()
    return Number(/^tallywatch_source_received_total\{source="push:tips"\} (\d+)$/m.exec(text)?.[1] ?? 0)
  }
  await expect.poll(received, { timeout: 30_000, interval: 500 }).toBeGreaterThanOrEqual(LINES * PUSHES)
}

/** Sends all, kills and restarts the desk in the midst, and sends again what was not answered, and once more all. */
async function pushThroughAKill(start: () => Running): Promise<string> {
  let running = start()
  let url = await urlOf(running)
  const answers = new Map<number, unknown>()
  const first = Array.from({ length: PUSHES }, async (_, push) => {
    const answer = await send(url, push)
    if (answer.status === 200) answers.set(push, answer.body)
    if (answers.size === 3) running.child.kill('SIGKILL')
  })
  await Promise.allSettled(first)
  running.child.kill('SIGKILL')
  await running.done
  expect(answers.size).toBeGreaterThanOrEqual(3)

  running = start()
  url = await urlOf(running)
  started.push(running)
  for (let push = 0; push < PUSHES; push++) {
    const answer = await send(url, push)
    expect(answer).toMatchObject({ status: 200, body: { source: 'tips', received: LINES, accepted: LINES } })
    expect(answer.body).toEqual(answers.get(push) ?? answer.body)
  }
  return url
}

/** Nobody hears of the desk's own uploads before the first; then they have counts, which a start keeps. */
async function expectUploadsCounted(start: () => Running): Promise<void> {
  const at = new Date(Date.now() - 60_000).toISOString()
  const row = (id: string) =>
    JSON.stringify({ id, text: `the machines in Mesa are down, ${id}`, createdAt: at })
  const file = `${row('a')}\nno JSON\n${row('b')}\n`
  let running = start()
  const counts = async (url: string) => {
    const status = (await (await fetch(`${url}api/status`)).json()) as Status
    const found = status.sources.find(({ source }) => source === 'push:upload')
    const { received, accepted, duplicate, dead } = found?.counts ?? {}
    return found && [found.state, received, accepted, duplicate, dead, found.gapSeconds]
  }
  let url = await urlOf(running)
  expect(await counts(url)).toBeUndefined()
  for (const times of [1, 2]) {
    const answer = await fetch(`${url}api/upload?name=tips.jsonl`, {
      method: 'POST',
      headers: OCTETS,
      body: file,
    })
    expect([answer.status, await answer.json()]).toMatchObject([200, { accepted: 2, setAside: 1 }])
    const wanted = ['finished', 3, 2, 0, 1].map((n) => (typeof n === 'number' ? n * times : n))
    const polled = { timeout: 30_000, interval: 500 }
    await expect.poll(async () => counts(url), polled).toEqual([...wanted, 0])
    await stop(running)
    if (times === 2) return
    running = start()
    url = await urlOf(running)
  }
}

const OCTETS = { 'content-type': 'application/octet-stream' }

const started: Running[] = []

test(
  'embedded: killed in the midst and sent again, every post is there once',
  async () => {
    const env = { TALLYWATCH_PUSH: `tips=${TOKEN}` }
    const data = join(folder, 'embedded')
    // A source that gives nothing of its own: an empty file.
    await writeFile(join(folder, 'empty.jsonl'), '')
    const args = ['start', '--port', '0', '--data', data, '--source', `file:${join(folder, 'empty.jsonl')}`]
    const url = await pushThroughAKill(() => startCli(args, env))
    await expectAll(url)
    const { sources } = (await (await fetch(`${url}api/status`)).json()) as { sources: { source: string }[] }
    expect(sources.map(({ source }) => source)).toContain('push:tips')
    await stop(started.pop()!)
    await expectUploadsCounted(() => startCli(args, env))
  },
  TEST_MS,
)

describe('on Kafka and ClickHouse', () => {
  test(
    'a desk that is killed in the midst, and a judge in another process',
    async () => {
      const env = {
        KAFKA_BROKERS: inject('kafkaBrokers').join(','),
        CLICKHOUSE_URL: inject('clickhouseUrl'),
        TALLYWATCH_NAMESPACE: `push_${process.pid}`,
        TALLYWATCH_AUTHOR_KEY: 'k'.repeat(32),
        TALLYWATCH_PUSH: `tips=${TOKEN}`,
        TALLYWATCH_DATA: join(folder, 'server'),
      }
      const judge = startCli(['classify'], env)
      const url = await pushThroughAKill(() => startCli(['desk', '--port', '0'], env))
      await expectAll(url)
      await stop(started.pop()!)
      await expectUploadsCounted(() => startCli(['desk', '--port', '0'], env))
      await stop(judge)
    },
    TEST_MS,
  )
})
