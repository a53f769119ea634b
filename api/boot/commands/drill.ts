import { parseArgs } from 'node:util'
import { createNormalizer } from '../../../ingest/normalize.ts'
import { DEFAULT_SCENARIO } from '../../../ingest/sources/drill/scenarios.ts'
import { createDrillSource } from '../../../ingest/sources/drill/source.ts'
import { drillTruth } from '../../../ingest/sources/drill/truth.ts'
import { authorKey } from '../author-key.ts'
import { UsageError, type Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { removeFolder, temporaryFolder } from '../folder.ts'
import { play } from '../play.ts'
import { drillStart } from '../sources.ts'
import { parseSpeed } from './replay.ts'

/** Four hours in four minutes. */
const DEFAULT_SPEED = '60'

export const drillCommand: Command = {
  name: 'drill',
  summary: 'plays a scripted election night of invented posts, for practice and for showing',
  usage: '[night|quiet] [--speed N|max] [--seed N] [--port N] [--json]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        speed: { type: 'string' },
        seed: { type: 'string', default: '1' },
        port: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const scenario = positionals[0] ?? null
    const seed = Number(values.seed)
    if (!Number.isInteger(seed)) throw new UsageError(`--seed must be a whole number, not \`${values.seed}\``)
    const folder = await temporaryFolder()
    try {
      // Whatever servers and desk the installation has, nothing invented comes there.
      const backends = { kind: 'embedded', dataDir: folder } as const
      const given = readConfig(io.env, { data: folder, port: values.port })
      const config = { ...given, backends, deskUrl: undefined }
      const key = await authorKey(folder, config.authorKey)
      const normalize = createNormalizer({ authorKey: key })
      const speed = parseSpeed(values.speed ?? (values.json ? 'max' : DEFAULT_SPEED))
      const startAt = drillStart(Date.now())
      const source = createDrillSource({ scenario, seed, speed, startAt, normalize })
      // What was planted, beside what was found.
      const { spikes, others, lifts } = drillTruth(scenario ?? DEFAULT_SCENARIO, seed, startAt)
      const extra = { truth: { spikes, others, lifts } }
      const page = !values.json || values.port !== undefined
      const options = {
        config,
        namespace: 'drill',
        authorKey: key,
        workers: 1,
        json: values.json,
        page,
        extra,
      }
      return await play({ ...options, mode: 'drill', sources: [source] }, io)
    } finally {
      await removeFolder(folder)
    }
  },
}
