/**
 * What a broker needs before it can start, made once and kept in `.cache/kafka`: Apache Kafka's jars (by Maven), a
 * formatted data folder to copy, and a class-data archive that brings a start from about 6 s down to about 2.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { lastLines } from './server-process.ts'

/** Kafka 4 needs it. */
const JAVA_MIN = 17
/** Maven fetches 43 MB over what may be a slow line; past this something is wrong. */
const MAVEN_TIMEOUT_MS = 300_000
/** Formatting takes 2 s on a quiet machine, writing the archive 4 s. */
const JAVA_TIMEOUT_MS = 120_000
/** How long to wait for another process that prepares the same cache. */
const LOCK_TIMEOUT_MS = MAVEN_TIMEOUT_MS + 2 * JAVA_TIMEOUT_MS
const LOCK_POLL_MS = 100

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const POM = fileURLToPath(new URL('kafka-pom.xml', import.meta.url))

export interface KafkaInstall {
  java: string
  classPath: string
  /** A formatted, empty data folder; copy it. */
  dataTemplate: string
  /** Class-data archive for this Java, or null when it is not yet there. */
  archive: string
}

/** A program's exit code and its output, the error stream included. */
interface Finished {
  code: number | null
  output: string
}

/**
 * The install, from the cache or made now (needs Maven and its registry once). Safe when several processes call it.
 * Throws one line that says what to install when Java or Maven is missing.
 */
export async function installKafka(): Promise<KafkaInstall> {
  const { java, version } = await findJava()
  const pom = await readFile(POM)
  const folder = path.join(
    ROOT,
    '.cache',
    'kafka',
    createHash('sha256').update(pom).digest('hex').slice(0, 12),
  )
  const jars = path.join(folder, 'lib')
  const dataTemplate = path.join(folder, 'data')
  // An archive holds only for the Java that wrote it.
  const archive = path.join(
    folder,
    `classes-${createHash('sha256').update(version).digest('hex').slice(0, 12)}.jsa`,
  )
  const ready = () => existsSync(jars) && existsSync(dataTemplate)
  if (!ready()) {
    await mkdir(folder, { recursive: true })
    await underLock(path.join(folder, 'lock'), async () => {
      if (!existsSync(jars)) await fetchJars(jars)
      if (!existsSync(dataTemplate)) await formatData(java, await classPathOf(jars), dataTemplate)
    })
  }
  return { java, classPath: await classPathOf(jars), dataTemplate, archive }
}

/** Runs `make` in one process at a time; the others wait and find what it made. */
export async function underLock(lock: string, make: () => Promise<void>): Promise<void> {
  const giveUpAt = performance.now() + LOCK_TIMEOUT_MS
  const owner = path.join(lock, 'pid')
  for (;;) {
    try {
      await mkdir(lock)
      break
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const pid = Number(await readFile(owner, 'utf8').catch(() => 'NaN'))
    if (!Number.isNaN(pid) && !isAlive(pid)) await rm(lock, { recursive: true, force: true })
    if (performance.now() > giveUpAt)
      throw new Error(`Another process holds ${lock}; delete it if none is running`)
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS))
  }
  try {
    await writeFile(owner, String(process.pid))
    await make()
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
}

/** Server settings of a single-process broker; the caller gives ports and the data folder. */
export function serverProperties(
  data: string,
  ports: { client: number; controller: number; advertised?: number },
): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: `CLIENT://127.0.0.1:${ports.client},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${ports.advertised ?? ports.client}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENT',
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // So that a test can see what happens when a session ends, without waiting for the usual 6 s and more.
    'group.min.session.timeout.ms': 500,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    // Short, so that a broker that was killed is let in again after 3 s and not after 15.
    'broker.session.timeout.ms': 1_000,
    'broker.heartbeat.interval.ms': 200,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

async function findJava(): Promise<{ java: string; version: string }> {
  const home = process.env['JAVA_HOME']
  const java = home === undefined || home === '' ? 'java' : path.join(home, 'bin', 'java')
  const { code, output } = await execute(java, ['-version'], JAVA_TIMEOUT_MS)
  const major = Number(/version "(\d+)/.exec(output)?.[1] ?? '0')
  if (code !== 0 || major < JAVA_MIN) {
    throw new Error(
      `Java ${JAVA_MIN} or newer is needed for the Kafka tests (apt-get install openjdk-17-jre-headless), ` +
        'or set KAFKA_BROKERS to a broker of your own',
    )
  }
  return { java, version: output }
}

async function fetchJars(target: string): Promise<void> {
  const partial = `${target}.${process.pid}`
  const { code, output } = await execute(
    'mvn',
    ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`],
    MAVEN_TIMEOUT_MS,
  )
  if (code === null) {
    throw new Error(
      'Maven is needed once for the Kafka tests (apt-get install maven), or set KAFKA_BROKERS to a broker of your own',
    )
  }
  if (code !== 0) throw new Error(`Maven could not fetch Kafka's jars: ${lastLines(output)}`)
  await rename(partial, target)
}

/** A formatted data folder that knows these users, for brokers that ask who comes. */
export async function formatWithUsers(
  { java, classPath }: Pick<KafkaInstall, 'java' | 'classPath'>,
  target: string,
  users: readonly string[],
): Promise<void> {
  await formatData(
    java,
    classPath,
    target,
    users.flatMap((user) => ['--add-scram', user]),
  )
}

async function formatData(
  java: string,
  classPath: string,
  target: string,
  more: readonly string[] = [],
): Promise<void> {
  const work = await mkdtemp(path.join(tmpdir(), 'tallywatch-kafka-format-'))
  try {
    const settings = path.join(work, 'server.properties')
    const data = path.join(work, 'data')
    // The ports are not kept in a formatted folder, and so it serves any.
    await writeFile(settings, serverProperties(data, { client: 1, controller: 2 }))
    const id = createHash('sha256').update('tallywatch tests').digest().subarray(0, 16).toString('base64url')
    const { code, output } = await execute(
      java,
      ['-Xmx256m', '-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', settings, ...more],
      JAVA_TIMEOUT_MS,
    )
    if (code !== 0) throw new Error(`Kafka could not format its data folder: ${lastLines(output)}`)
    const partial = `${target}.${process.pid}`
    await cp(data, partial, { recursive: true })
    await rename(partial, target)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Jar by jar, always in the same order: an archive of classes is bound to the exact class path. */
async function classPathOf(jars: string): Promise<string> {
  const names = (await readdir(jars)).filter((name) => name.endsWith('.jar')).sort()
  return names.map((name) => path.join(jars, name)).join(path.delimiter)
}

/** Runs a program to its end. `code` is null when there is no such program. */
export function execute(program: string, args: readonly string[], timeoutMs: number): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs })
    let output = ''
    const add = (chunk: Buffer) => (output += chunk.toString())
    child.stdout.on('data', add)
    child.stderr.on('data', add)
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ code: null, output })
      else reject(error)
    })
    child.on('close', (code, signal) => resolve({ code: signal === null ? code : 1, output }))
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
