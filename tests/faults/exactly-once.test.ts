import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../services/cli.ts'
import { ANSWERS, CHATTER, ELSEWHERE, RUMOURS, SCATTERED } from './night/sentences.ts'
import { playNight, type Scene } from './night/play.ts'
import { startServers, type Servers } from './night/servers.ts'
import { createNight, type NightStream } from './night/stream.ts'
import { truthOf, type JudgeLine, type Truth } from './night/truth.ts'
import type { Counted } from './night/counted.ts'

let servers: Servers
let night: NightStream
let truth: Truth
let reference: Counted

beforeAll(async () => {
  servers = await startServers()
  const startAt = Math.floor(Date.now() / 3_600_000 - 6) * 3_600_000
  night = createNight(1, startAt)
  const texts = [...RUMOURS, ...SCATTERED, ...ANSWERS, ...CHATTER, ...ELSEWHERE]
  const ran = await runCli(['judge'], {}, texts.map((text) => JSON.stringify({ id: text, text })).join('\n'))
  const lines = ran.stdout.trim().split('\n').map((line) => JSON.parse(line) as JudgeLine)
  truth = truthOf(night, new Map(lines.map((line) => [line.id, line])))
  console.log(night.steps.length, night.said.length, truth.election, truth.deadLetters, truth.changes, truth.marks.length, truth.claims.map((x) => x.split(' ').length))
  const t = performance.now()
  const played = await playNight({ servers, night, seed: 1, seconds: 6 })
  console.log('reference', performance.now() - t, played.recovery, played.ends, played.output)
  reference = played.counted
  console.log(JSON.stringify(reference.spikes, null, 1), reference.alerts)
}, 200_000)
afterAll(() => servers?.stop())

test('truth', () => {
  for (const name of ['posts', 'election', 'deadLetters', 'changes', 'exposure', 'series', 'claims', 'marks'] as const)
    expect(reference[name], name).toEqual(truth[name])
})
