import { existsSync } from 'node:fs'
import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createClassifier } from '../../../classify/model/classifier.ts'
import type { Store } from '../../../classify/store/store.ts'
import { openDesk } from '../../desk/desk.ts'
import { deskUrl, openStore, openTopics } from '../backends.ts'
import type { Command } from '../command.ts'
import { readConfig, type Config } from '../config.ts'
import { checkPast, checkSenders, checkSource } from '../check-sources.ts'
import { doubtful, fine, wrong, type Finding } from '../finding.ts'
import { removeFolder, temporaryFolder } from '../folder.ts'
import { DEFAULT_NAMESPACE } from '../namespace.ts'
import { createSources } from '../sources.ts'

/** A night of a large state takes about this much. */
const ROOM_BYTES = 2 * 1024 ** 3

const LABELS: Readonly<Record<Finding['level'], string>> = {
  ok: 'ok     ',
  warning: 'WARNING',
  problem: 'PROBLEM',
}

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'looks at this installation and says, in plain words, what is wrong with it',
  usage: '[--data DIR]',
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' } } })
    const config = readConfig(io.env, { data: values.data })
    // Whoever only asks leaves no folder behind: where there is none yet, the engine is tried in one that is thrown away.
    const scratch = existsSync(config.backends.dataDir) ? null : await temporaryFolder()
    try {
      const findings = await examine(config, scratch)
      for (const { level, text } of findings) io.stdout.write(`${LABELS[level]}  ${text}\n`)
      return findings.some(({ level }) => level === 'problem') ? 1 : 0
    } finally {
      if (scratch !== null) await removeFolder(scratch)
    }
  },
}

async function examine(config: Config, scratch: string | null): Promise<Finding[]> {
  const tried = scratch === null ? config : { ...config, backends: { ...config.backends, dataDir: scratch } }
  return [
    checkNode(),
    checkFile(config),
    await checkFolder(config),
    await checkModel(),
    ...(await checkBackends(tried)),
    await checkDesk(tried),
    ...(await checkSources(config)),
    ...checkSenders(config),
    ...(scratch === null ? await checkWhatWas(tried) : []),
  ]
}

const say = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const enough = major > 20 || (major === 20 && minor >= 12)
  return enough
    ? fine(`Node ${process.versions.node}`)
    : wrong(`Node ${process.versions.node} is too old: install 20.12 or newer`)
}

function checkFile({ file }: Config): Finding {
  return fine(
    file === null ? 'no configuration file; the environment and the defaults hold' : `${file} is understood`,
  )
}

async function checkFolder({ backends: { dataDir } }: Config): Promise<Finding> {
  try {
    const there = nearestExisting(dataDir)
    await access(there, constants.W_OK)
    if (!(await stat(there)).isDirectory()) throw new Error(`${there} is no folder`)
    const { bavail, bsize } = await statfs(there)
    const free = `${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB free`
    if (bavail * bsize < ROOM_BYTES)
      return doubtful(
        `${dataDir}: only ${free}; a night needs 2 GiB: make room, or name another folder with --data`,
      )
    const so = existsSync(dataDir) ? 'can be written' : 'is not there yet and can be made'
    return fine(`${dataDir} ${so}, ${free}`)
  } catch (error) {
    return wrong(`${dataDir} cannot be used (${say(error)}): name another folder with --data`)
  }
}

/** The folder itself, or the one above it in which it would be made. */
function nearestExisting(path: string): string {
  let there = resolve(path)
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there)
  return there
}

async function checkModel(): Promise<Finding> {
  try {
    return fine(`classifier ${(await createClassifier()).model}`)
  } catch (error) {
    return wrong(say(error))
  }
}

async function checkBackends(config: Config): Promise<Finding[]> {
  const { backends, partitions, namespace = DEFAULT_NAMESPACE } = config
  const options = { backends, namespace, partitions }
  const where =
    backends.kind === 'server' ? `ClickHouse at ${backends.clickhouse.url}` : 'the embedded ClickHouse engine'
  const findings = [await attempt(where, async () => (await openStore(options)).close())]
  if (backends.kind === 'server') {
    const unsafe: string[] = []
    const onWarning = (text: string) => void unsafe.push(text)
    findings.push(
      await attempt(`Kafka at ${backends.brokers.join(', ')}`, async () =>
        (await openTopics({ ...options, onWarning })).close(),
      ),
      ...unsafe.map((text) => doubtful(text)),
    )
  }
  return findings
}

async function checkDesk(config: Config): Promise<Finding> {
  const { backends, partitions, namespace = DEFAULT_NAMESPACE } = config
  const url = deskUrl({ backends, namespace, partitions }, config.deskUrl)
  return attempt("the desk's database", async () => {
    const desk = await openDesk({ url })
    try {
      const verified = await desk.verifyLedger()
      if (!verified.ok) throw new Error(`its ledger is broken at entry ${verified.seq}: ${verified.why}`)
    } finally {
      await desk.close()
    }
  })
}

/** Where the store does not open, that was told before. */
async function checkWhatWas({
  backends,
  partitions,
  namespace = DEFAULT_NAMESPACE,
}: Config): Promise<Finding[]> {
  let store: Store
  try {
    store = await openStore({ backends, namespace, partitions })
  } catch {
    return []
  }
  try {
    return await checkPast(store)
  } finally {
    await store.close()
  }
}

async function attempt(what: string, work: () => Promise<void>): Promise<Finding> {
  try {
    await work()
    return fine(`${what} answers`)
  } catch (error) {
    return wrong(`${what}: ${say(error)}`)
  }
}

async function checkSources(config: Config): Promise<Finding[]> {
  // All at once: each may take seconds until it is clear that nobody answers.
  const findings = await Promise.all(
    config.sources.map(async (spec) => {
      try {
        createSources([spec], { ...config, authorKey: 'd'.repeat(32), speed: 'max' })
        return await checkSource(spec, config)
      } catch (error) {
        return wrong(`source ${spec}: ${say(error)}`)
      }
    }),
  )
  if (findings.some(({ level }) => level === 'problem')) return findings
  try {
    createSources(config.sources, { ...config, authorKey: 'd'.repeat(32), speed: 'max' })
  } catch (error) {
    findings.push(wrong(`sources: ${say(error)}`))
  }
  return findings
}
