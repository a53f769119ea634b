/** The roles as an installation runs them: real processes of the command line. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { findConfigFile } from '../../config-file.ts'
import type { BackendsConfig } from '../../config.ts'
import { FailedError } from '../../command.ts'
import { MALLOC_ENVIRONMENT, NODE_FLAGS } from '../../node-flags.ts'
import { listenerOn } from './processes.ts'

/** A page is built and weights are read at a start; some seconds on a quiet machine. */
const START_MS = 120_000
const POLL_MS = 50
/** What was accepted is stored at a stop; past this a role hangs. */
const STOP_MS = 60_000

export interface RolesOptions {
  backends: BackendsConfig
  namespace: string
  folder: string
  source: string
  /** Classify processes, where roles are processes. */
  workers: number
  /** For Node: `--cpu-prof` and the like, into the folder. */
  nodeOptions: readonly string[]
  /** Posts are never judged in haste. */
  calm?: boolean
}

export interface Roles {
  /** Where the desk is. */
  url: string
  /** Process ids by role. */
  pids: ReadonlyMap<string, number>
  /** Throws FailedError with its last words where one has ended. */
  check(): Promise<void>
  stop(): Promise<void>
}

interface Running {
  name: string
  child: ChildProcess
  log: string
  ended: Promise<unknown>
}

/** Starts them, or stops what it started and throws FailedError with what a role said last. */
export async function startRoles(options: RolesOptions): Promise<Roles> {
  const { backends, source, workers } = options
  const running: Running[] = []
  await writeConfig(options)
  const start = (name: string, ...args: string[]): Running => {
    const one = startRole(name, args, options)
    running.push(one)
    return one
  }
  const stop = async (): Promise<void> => {
    for (const { child } of running) child.kill('SIGTERM')
    const late = setTimeout(() => {
      for (const { child } of running) child.kill('SIGKILL')
    }, STOP_MS)
    await Promise.all(running.map(({ ended }) => ended))
    clearTimeout(late)
  }
  const check = async (): Promise<void> => {
    const gone = running.find(hasEnded)
    if (gone !== undefined) throw new FailedError(`the role ${gone.name} ended: ${await lastWords(gone)}`)
  }
  try {
    const pids = new Map<string, number>()
    let desk: Running
    if (backends.kind === 'embedded') {
      desk = start('embedded', 'start', '--port', '0', '--source', source)
    } else {
      desk = start('desk', 'desk', '--port', '0')
      // The tables and topics are made by the first.
      await until(desk, /Tallywatch is at (\S+)/)
      const classify = Array.from({ length: workers }, (_, i) => start(`classify ${i + 1}`, 'classify'))
      await Promise.all(classify.map((one) => until(one, /judging/)))
      await until(start('ingest', 'ingest', '--source', source), /following/)
      await addServers(backends, pids)
    }
    const [, url] = await until(desk, /Tallywatch is at (\S+)/)
    for (const { name, child } of running) pids.set(name, child.pid!)
    return { url: url!, pids, check, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function startRole(name: string, args: readonly string[], options: RolesOptions): Running {
  const { folder, nodeOptions } = options
  const log = join(folder, `${name.replace(' ', '-')}.log`)
  const cli = fileURLToPath(new URL('../../cli.ts', import.meta.url))
  const node = [...NODE_FLAGS, ...nodeOptions, '--import', import.meta.resolve('tsx'), cli]
  const child = spawn(process.execPath, [...node, ...args], {
    env: { ...process.env, ...MALLOC_ENVIRONMENT, ...environment(options) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = createWriteStream(log)
  child.stdout.pipe(output, { end: false })
  child.stderr.pipe(output, { end: false })
  return { name, child, log, ended: once(child, 'close') }
}

const configFile = (folder: string): string => join(folder, 'roles.config.json')

/**
 * Of the installation's own configuration file, what says where the servers are: its desk, its senders and its passwords are
 * no part of a run, and one without servers has none.
 */
async function writeConfig({ backends, folder }: RolesOptions): Promise<void> {
  const own = backends.kind === 'server' ? findConfigFile(process.env) : null
  const { kafka, clickhouse } = own === null ? {} : (parse(await readFile(own, 'utf8')) as Servers)
  await writeFile(configFile(folder), JSON.stringify({ kafka, clickhouse }))
}

interface Servers {
  kafka?: unknown
  clickhouse?: unknown
}

function environment({ backends, namespace, folder, calm }: RolesOptions): Record<string, string> {
  const own = {
    TALLYWATCH_CONFIG: configFile(folder),
    TALLYWATCH_NAMESPACE: namespace,
    TALLYWATCH_DATA: join(folder, 'data'),
    TALLYWATCH_AUTHOR_KEY: 'bench'.repeat(8),
    TALLYWATCH_PUSH: '',
    TALLYWATCH_DESK_PASSWORD: '',
    TALLYWATCH_DESK_URL: '',
    TALLYWATCH_HOST: '127.0.0.1',
    // Several roles of one machine cannot all have it.
    TALLYWATCH_HEALTH: '',
    ...(calm === true ? { TALLYWATCH_HASTE_AFTER: '0' } : {}),
  }
  return backends.kind === 'embedded' ? { ...own, KAFKA_BROKERS: '', CLICKHOUSE_URL: '' } : own
}

/** Broker and ClickHouse, where they run on this machine. */
async function addServers(
  backends: BackendsConfig & { kind: 'server' },
  pids: Map<string, number>,
): Promise<void> {
  const addresses = [
    ['broker', new URL(`kafka://${backends.brokers[0]}`)],
    ['clickhouse', new URL(backends.clickhouse.url)],
  ] as const
  for (const [name, { hostname, port }] of addresses) {
    const local = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
    const pid = local ? await listenerOn(Number(port)) : null
    if (pid !== null) pids.set(name, pid)
  }
}

async function until(role: Running, pattern: RegExp): Promise<RegExpExecArray> {
  const giveUpAt = performance.now() + START_MS
  for (;;) {
    const match = pattern.exec(await readFile(role.log, 'utf8').catch(() => ''))
    if (match !== null) return match
    if (hasEnded(role) || performance.now() > giveUpAt)
      throw new FailedError(`the role ${role.name} did not start: ${await lastWords(role)}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function hasEnded({ child }: Running): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function lastWords({ log }: Running): Promise<string> {
  return (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').at(-1) ?? ''
}
