/** What can go wrong, each as a script over a running night. Everything it does at random comes from the scene's seed. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Role } from './roles.ts'
import type { Scene } from './play.ts'
import { poison } from './poison.ts'
import type { ServerName } from './servers.ts'

export type Fault = (scene: Scene) => Promise<void>

/** Lengths in seconds. `short` is for every run of the tests, `long` what is promised. */
export interface Lengths {
  /** A broker or a ClickHouse that is away. */
  outage: number
  /** A process that is stopped where it stands; longer than a worker's session (10 s), so that it loses its partitions. */
  freeze: number
  /** A line over which nothing comes. */
  mute: number
}

export const SHORT: Lengths = { outage: 8, freeze: 12, mute: 6 }
export const LONG: Lengths = { outage: 60, freeze: 30, mute: 30 }

const seconds = (n: number) => sleep(n * 1_000)
const allRoles = ({ roles }: Scene): Role[] => [roles.ingest, ...roles.classify, roles.desk]

/** Any role, killed at any moment, while it starts too. */
export const killRoles =
  (times: number): Fault =>
  async (scene) => {
    const { random } = scene
    for (let n = 0; n < times; n++) {
      await sleep(random.int(1_500))
      random.pick(allRoles(scene)).kill()
    }
  }

/** Killed and started again at once, several times. */
export const killServer =
  (name: ServerName, times: number): Fault =>
  async ({ servers, random }) => {
    for (let n = 0; n < times; n++) {
      await sleep(random.int(2_000))
      await servers.alone(name, async () => {
        await servers[name].kill()
        await servers[name].restart()
      })
    }
  }

export const outage =
  (name: ServerName, { outage: length }: Lengths): Fault =>
  async ({ servers, random }) => {
    await sleep(random.int(1_500))
    await servers.alone(name, async () => {
      await servers[name].kill()
      await seconds(length)
      await servers[name].restart()
    })
  }

/** A role stops where it stands, whatever it was doing, and goes on later as if nothing had been. */
export const freezeRoles =
  ({ freeze }: Lengths): Fault =>
  async ({ roles, random }) => {
    const [worker] = roles.classify as [Role]
    await sleep(random.int(1_000))
    worker.freeze()
    await seconds(freeze / 3)
    for (const role of [roles.ingest, roles.desk]) {
      role.freeze()
      await seconds(freeze / 3)
      role.thaw()
    }
    worker.thaw()
  }

export const freezeServers =
  ({ freeze }: Lengths): Fault =>
  async ({ servers, random }) => {
    for (const name of ['clickhouse', 'kafka'] as const) {
      await sleep(random.int(1_000))
      await servers.alone(name, async () => {
        await servers[name].freeze()
        await seconds(freeze / 2)
        await servers[name].thaw()
      })
    }
  }

/** The lines to the broker and to ClickHouse are slow, cut in mid-message, reset, and dead. */
export const badLines =
  ({ mute }: Lengths): Fault =>
  async ({ servers: { lines }, random }) => {
    const both = [lines.kafka, lines.clickhouse]
    for (const line of both) line.delay(60)
    await seconds(1.5)
    for (const line of both) line.delay(0)
    for (let n = 0; n < 8; n++) {
      const line = random.pick(both)
      if (random.chance(0.4)) line.reset()
      else line.cutAfter(random.int(6_000))
      await sleep(random.int(700))
      line.cutAfter(null)
    }
    for (const line of both) {
      line.mute(true)
      await seconds(mute / 2)
      line.mute(false)
      line.reset()
    }
  }

/** Workers join and leave all the time: asked to, and killed. */
export const rebalances =
  (times: number): Fault =>
  async (scene) => {
    const { roles, random } = scene
    for (let n = 0; n < times; n++) {
      const before = roles.classify.splice(0, 1)[0]!
      const next = scene.addWorker()
      roles.classify.push(next)
      await next.until(/judging/)
      if (random.chance(0.3)) await before.end()
      else await before.stop()
      await sleep(random.int(500))
    }
  }

/** A server's disk is full for a while. The broker ends by that, and must be started again. */
export const fullDisk =
  (name: ServerName, { outage: length }: Lengths): Fault =>
  async ({ servers, random }) => {
    await sleep(random.int(1_000))
    await servers.alone(name, async () => {
      const server = servers[name]
      await server.fillDisk()
      await seconds(length)
      await server.freeDisk()
      if (name === 'clickhouse') return
      await server.kill()
      await server.restart()
    })
  }

/** The clocks of the roles jump by hours, each by itself. `FAULTS_CLOCK` names the file that clock.mjs reads. */
export const jumpingClocks =
  (times: number): Fault =>
  async (scene) => {
    const { random } = scene
    for (let n = 0; n < times; n++) {
      const shiftMinutes = random.pick([-90, -20, -1, 0, 1, 20, 90])
      await scene.setClock(random.pick(['ingest', 'classify', 'desk'] as const), shiftMinutes * 60_000)
      await sleep(500 + random.int(1_500))
    }
    for (const role of ['ingest', 'classify', 'desk'] as const) await scene.setClock(role, 0)
  }

/** Records that are none, in every partition. */
export { poison }
