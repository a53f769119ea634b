/** The same night as in `exactly-once.test.ts`, in one process without servers, while something goes wrong. */
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Counted } from './night/counted.ts'
import { playEmbedded, type EmbeddedScene } from './night/embedded.ts'
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

async function expectSame(seconds: number, fault: (scene: EmbeddedScene) => Promise<void>): Promise<void> {
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
  test(
    'the process is killed, again and again',
    () =>
      expectSame(14, async ({ role, random }) => {
        for (let n = 0; n < 6; n++) {
          await sleep(500 + random.int(3_000))
          role.kill()
        }
      }),
    TEST_MS,
  )

  test(
    'it stops where it stands, and its clock jumps',
    () =>
      expectSame(9, async (scene) => {
        const { role, random } = scene
        for (const minutes of [-90, 30, -30, 600]) {
          await sleep(random.int(1_000))
          role.freeze()
          await scene.setClock(minutes * 60_000)
          await sleep(1_500)
          role.thaw()
        }
        await scene.setClock(0)
      }),
    TEST_MS,
  )
})
