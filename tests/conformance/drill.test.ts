/** The drill through the whole pipeline, held against what was planted in it. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import type { NightSummary, SummarySpike } from '../../api/boot/summary.ts'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { param, sql } from '../../classify/store/sql.ts'
import { stateOf } from '../../ingest/base/jurisdictions.ts'
import type { DrillBurst } from '../../ingest/sources/drill/truth.ts'
import { runCli, startCli } from '../services/cli.ts'

const PLAY_MS = 90_000
type Played = NightSummary & { truth: { spikes: DrillBurst[]; others: DrillBurst[] } }

async function drill(...args: string[]): Promise<Played> {
  const ran = await runCli(['drill', ...args, '--json'])
  expect(ran.code, ran.stderr).toBe(0)
  return JSON.parse(ran.stdout) as Played
}

/** Raised while it lasts, at its place or one that holds it. */
function isFound(burst: DrillBurst, spikes: readonly SummarySpike[]): boolean {
  const places = new Set(['US', stateOf(burst.place ?? 'US'), burst.place])
  return spikes.some(
    ({ narrative, place, detected }) =>
      narrative === burst.narrative && places.has(place) && detected >= burst.onset && detected <= burst.end,
  )
}

describe('the drill', () => {
  test(
    'night: most of what is planted is found, over three seeds',
    async () => {
      const found: string[] = []
      const missed: string[] = []
      for (const seed of ['1', '2', '3']) {
        const { spikes, truth, posts } = await drill('night', '--seed', seed)
        expect(posts).toBeGreaterThan(6_000)
        for (const burst of truth.spikes.filter(({ expect: wanted }) => wanted === 'alarm')) {
          ;(isFound(burst, spikes) ? found : missed).push(`${burst.name}, seed ${seed}`)
        }
      }
      expect(found.length + missed.length).toBe(9)
      expect(missed.length, missed.join('; ')).toBeLessThanOrEqual(3)
    },
    PLAY_MS,
  )

  test(
    'quiet: nothing alarms',
    async () => {
      const { spikes, posts } = await drill('quiet')
      expect(posts).toBeGreaterThan(6_000)
      expect(spikes).toEqual([])
    },
    PLAY_MS,
  )

  test(
    'comes neither to the servers nor to the desk of the installation',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tallywatch-drill-'))
      const clickhouse = await openClickhouseStore({ url: inject('clickhouseUrl'), database: 'default' })
      try {
        const namespace = `installation_${process.pid}`
        const desk = join(folder, 'desk.db')
        const env = {
          KAFKA_BROKERS: inject('kafkaBrokers').join(','),
          CLICKHOUSE_URL: inject('clickhouseUrl'),
          TALLYWATCH_NAMESPACE: namespace,
          TALLYWATCH_DESK_URL: `file:${desk}`,
        }
        const ran = await runCli(['drill', 'quiet', '--json'], env)
        expect(ran.code, ran.stderr).toBe(0)
        const made = await clickhouse.query(
          sql`SELECT name FROM system.databases WHERE name = ${param.string(namespace)}`,
        )
        expect(made).toEqual([])
        expect(existsSync(desk)).toBe(false)
      } finally {
        await clickhouse.close()
        await rm(folder, { recursive: true, force: true })
      }
    },
    PLAY_MS,
  )

  test(
    'stopped before its end it says so, and names no folder to go on in: it keeps none',
    async () => {
      const running = startCli(['drill', '--port', '0'])
      await running.until(/Tallywatch is at/)
      running.child.kill('SIGTERM')
      expect(await running.done).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/Stopped before the end\.$/m),
      })
    },
    PLAY_MS,
  )
})
