/** What can go wrong where everything is in one process. Everything done at random comes from the scene's seed. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { EmbeddedScene } from './embedded.ts'
import type { Lengths } from './faults.ts'

export type EmbeddedFault = (scene: EmbeddedScene) => Promise<void>

/** Killed at any moment, while it starts too. */
export const killProcess =
  (times: number): EmbeddedFault =>
  async ({ role, random }) => {
    for (let n = 0; n < times; n++) {
      await sleep(500 + random.int(3_000))
      role.kill()
    }
  }

/** It stops where it stands, and its clock is set meanwhile, as on a laptop that sleeps. */
export const freezeProcess =
  (times: number, { freeze }: Lengths): EmbeddedFault =>
  async (scene) => {
    const { role, random } = scene
    for (let n = 0; n < times; n++) {
      await sleep(random.int(1_000))
      role.freeze()
      await scene.setClock(random.pick([-90, -30, -1, 1, 30, 600]) * 60_000)
      await sleep((freeze / times) * 1_000)
      role.thaw()
    }
    await scene.setClock(0)
  }

/** Its disk is full for a while: it ends with one line, and is started again until there is room. */
export const fillItsDisk =
  ({ outage }: Lengths): EmbeddedFault =>
  async ({ disk, random }) => {
    await sleep(random.int(1_500))
    await disk.fill()
    await sleep(outage * 1_000)
    await disk.free()
  }
