/** The same night as in `exactly-once.test.ts`, in one process without servers, while something goes wrong. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Counted } from './night/counted.ts'
import { fillItsDisk, freezeProcess, killProcess, type EmbeddedFault } from './night/embedded-faults.ts'
import { playEmbedded } from './night/embedded.ts'
import { SHORT } from './night/faults.ts'
import { readMeanings } from './night/meanings.ts'
import { createNight, startOfNight, type NightStream } from './night/stream.ts'
import { TRUTH_PARTS, truthOf, type Truth } from './night/truth.ts'

const SEED = 2
const TEST_MS = 300_000
/** Ten seconds are promised on a quiet machine (`npm run faults` says where it was more); beside other tests it is longer. */
const RECOVERY_MS = 60_000

let night: NightStream
let truth: Truth
let reference: Counted

beforeAll(async () => {
  night = createNight(SEED, startOfNight(Date.now()))
  truth = truthOf(night, await readMeanings())
  reference = (await playEmbedded({ night, seed: SEED, seconds: 4 })).counted
}, TEST_MS)

async function expectSame(seconds: number, fault: EmbeddedFault): Promise<void> {
  const { counted, recovery } = await playEmbedded({ night, seed: SEED, seconds, fault, expected: reference })
  for (const part of Object.keys(reference) as (keyof Counted)[])
    expect(counted[part], part).toEqual(reference[part])
  process.stderr.write(`recovered after ${recovery.sealedMs.toFixed(0)} ms\n`)
  expect(recovery.sealedMs).toBeLessThan(RECOVERY_MS)
}

test.each(TRUTH_PARTS)('without faults, %s: what was counted is what was said', (part) => {
  expect(reference[part]).toEqual(truth[part])
})

describe('the same is counted when', () => {
  test('the process is killed, again and again', () => expectSame(14, killProcess(6)), TEST_MS)
  test('it stops where it stands, and its clock jumps', () => expectSame(9, freezeProcess(4, SHORT)), TEST_MS)
  test('its disk is full', () => expectSame(9, fillItsDisk(SHORT)), TEST_MS)
})
