import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createStatus } from '../../../../api/boot/status.ts'
import type { Status } from '../../../../api/contract.ts'
import { lintMetrics } from '../../../services/promlint.ts'
import { openNight, type Night } from './night.ts'
import { MINUTE, NIGHT, STATUS, testApp } from '../support.ts'

const TOKEN = 'a-token-of-metrics'
let night: Night
let app: ReturnType<typeof testApp>
beforeAll(async () => {
  night = await openNight()
  const { store, desk } = night
  const columns = [
    'source',
    'state',
    'detail',
    'since',
    'received',
    'accepted',
    'duplicate',
    'dead',
    'last_event_at',
  ]
  await store.insert('source_status', columns, [
    ['bluesky', 'running', 'd', NIGHT, 10, 7, 2, 1, NIGHT + MINUTE],
    ['push:"a\\b"', 'waiting', 'd', NIGHT, 0, 0, 0, 0, null],
  ])
  const view = () => ({ sealedThrough: null, from: null, progress: null, totals: null, failingSince: null })
  const now = () => NIGHT + 3 * MINUTE
  const status = createStatus({ store, watcher: { view }, mode: 'live', now })
  app = testApp({ store, desk, status, metricsToken: TOKEN, auth: { password: 'correct horse battery' } })
})
afterAll(async () => night.close())

test('figures of each source, in the text format', async () => {
  const response = await app.request('/metrics', { headers: { authorization: `Bearer ${TOKEN}` } })
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4')
  const text = await response.text()
  expect(text).toContain('# TYPE tallywatch_source_received_total counter\n')
  const lines = text.split('\n')
  for (const line of [
    'tallywatch_source_received_total{source="bluesky"} 10',
    'tallywatch_source_accepted_total{source="bluesky"} 7',
    'tallywatch_source_duplicate_total{source="bluesky"} 2',
    'tallywatch_source_dead_total{source="bluesky"} 1',
    'tallywatch_source_lag_seconds{source="bluesky"} 120',
    'tallywatch_source_up{source="push:\\"a\\\\b\\""} 0',
  ]) {
    expect(lines).toContain(line)
  }
  // The night saw 30 % of one minute.
  const gap = Number(/^tallywatch_source_gap_seconds\{source="bluesky"\} (.*)$/m.exec(text)![1])
  expect(gap).toBeCloseTo(42, 3)
  expect(text).not.toMatch(/lag_seconds\{source="push/)
  for (const line of lines.filter((line) => line !== ''))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{source=".*"\})? [\d.e+-]+)$/)
})

describe('while the store is away', () => {
  const OWN = '# HELP process_own x\n# TYPE process_own gauge\nprocess_own 7\n'
  const scrape = async (status: () => Promise<Status>) => {
    const { store, desk } = night
    const away = testApp({ store, desk, status, metrics: async () => OWN })
    const response = await away.request('/metrics')
    return { status: response.status, text: await response.text(), errors: away.errors }
  }

  test('the process’s own figures are told, and that the night’s cannot be', async () => {
    const error = new Error('away')
    const { status, text, errors } = await scrape(() => Promise.reject(error))
    expect(status).toBe(200)
    expect(text).toContain(OWN)
    expect(text).toContain('\ntallywatch_status_up 0\n')
    expect(text).not.toContain('tallywatch_waiting_posts')
    expect(lintMetrics(text)).toEqual([])
    expect(errors).toEqual([error])
  })

  test('a store that hangs holds no scrape up', async () => {
    const { status, text } = await scrape(() => new Promise(() => {}))
    expect([status, text]).toEqual([200, expect.stringContaining('\ntallywatch_status_up 0\n')])
    expect(text).toContain(OWN)
  })

  test('and else it is up', async () => {
    expect((await scrape(async () => STATUS)).text).toContain('\ntallywatch_status_up 1\n')
  })
})

test('asks for its own token, and the desk’s password does not open it', async () => {
  expect((await app.request('/metrics')).status).toBe(401)
  const password = { authorization: `Basic ${btoa('ann:correct horse battery')}` }
  expect((await app.request('/metrics', { headers: password })).status).toBe(401)
  const token = { authorization: `Bearer ${TOKEN}` }
  expect((await app.request('/api/status', { headers: token })).status).toBe(401)
})
