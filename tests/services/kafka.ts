/** A real Kafka broker for the tests: Apache Kafka's own jars, KRaft, one process on free loopback ports. */
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { installKafka, serverProperties, underLock, type KafkaInstall } from './kafka-install.ts'
import { endServer, freePort, launchServer } from './server-process.ts'

/** 6 s without the class-data archive on a quiet machine; the tests also run on busy ones. */
const START_TIMEOUT_MS = 90_000
const STOP_TIMEOUT_MS = 30_000
/** Somebody else may take a port between its choice and its use. */
const START_TRIES = 3

export interface KafkaServer {
  brokers: string[]
  /** Ends the broker at once (SIGKILL); its data stays. */
  kill(): Promise<void>
  /** Starts the broker again on the same ports and data, after `kill`. */
  restart(): Promise<void>
  /** Stops the broker in the midst of whatever it does: its connections stay, and nothing is answered. */
  freeze(): void
  thaw(): void
  /** Ends the broker and removes its data. */
  stop(): Promise<void>
}

interface Ports {
  client: number
  controller: number
}

/**
 * Starts a broker and resolves when it takes connections; with KAFKA_BROKERS set, gives those brokers instead. It ends
 * with this process. Throws one line that says what to install when Java or Maven is missing.
 */
export async function startKafka(): Promise<KafkaServer> {
  const given = process.env['KAFKA_BROKERS']
  if (given !== undefined && given !== '') return givenBrokers(given)
  const install = await installKafka()
  if (!existsSync(install.archive)) {
    await underLock(`${install.archive}.lock`, async () => {
      if (!existsSync(install.archive)) await writeArchive(install)
    })
  }
  return start(install, ['-Xshare:auto', `-XX:SharedArchiveFile=${install.archive}`])
}

function givenBrokers(list: string): KafkaServer {
  const refuse = (what: string) => async () => {
    throw new Error(
      `This test ${what}s its broker, and the one in KAFKA_BROKERS is not ours: unset KAFKA_BROKERS`,
    )
  }
  return {
    brokers: list.split(',').map((broker) => broker.trim()),
    kill: refuse('kill'),
    restart: refuse('restart'),
    freeze: () => void refuse('freeze')(),
    thaw: () => {},
    stop: async () => {},
  }
}

async function start(install: KafkaInstall, options: readonly string[]): Promise<KafkaServer> {
  const work = await mkdtemp(path.join(tmpdir(), 'tallywatch-kafka-'))
  const data = path.join(work, 'data')
  const settings = path.join(work, 'server.properties')
  await cp(install.dataTemplate, data, { recursive: true })
  for (let tries = 1; ; tries++) {
    const ports = { client: await freePort(), controller: await freePort() }
    await writeFile(settings, serverProperties(data, ports))
    const launch = () =>
      launchBroker(install, options, { settings, ports, log: path.join(work, 'broker.log') })
    try {
      let broker = await launch()
      return {
        brokers: [`127.0.0.1:${ports.client}`],
        kill: () => end(broker, 'SIGKILL'),
        restart: async () => {
          broker = await launch()
        },
        freeze: () => void broker.kill('SIGSTOP'),
        thaw: () => void broker.kill('SIGCONT'),
        stop: async () => {
          await end(broker, 'SIGKILL')
          await rm(work, { recursive: true, force: true })
        },
      }
    } catch (error) {
      if (tries < START_TRIES) continue
      await rm(work, { recursive: true, force: true })
      throw error
    }
  }
}

/** Starts a broker once with the JVM told to write down its loaded classes when it ends. */
async function writeArchive(install: KafkaInstall): Promise<void> {
  const partial = `${install.archive}.${process.pid}`
  const work = await mkdtemp(path.join(tmpdir(), 'tallywatch-kafka-archive-'))
  const data = path.join(work, 'data')
  const settings = path.join(work, 'server.properties')
  try {
    await cp(install.dataTemplate, data, { recursive: true })
    const ports = { client: await freePort(), controller: await freePort() }
    await writeFile(settings, serverProperties(data, ports))
    const log = path.join(work, 'broker.log')
    const broker = await launchBroker(install, [`-XX:ArchiveClassesAtExit=${partial}`], {
      settings,
      ports,
      log,
    })
    await end(broker, 'SIGTERM')
    await rename(partial, install.archive)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function launchBroker(
  install: KafkaInstall,
  options: readonly string[],
  place: { settings: string; ports: Ports; log: string },
): Promise<ChildProcess> {
  const java = [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...options,
    '-cp',
    install.classPath,
    'kafka.Kafka',
    place.settings,
  ]
  return launchServer({
    name: 'Kafka',
    command: [install.java, ...java],
    log: place.log,
    isReady: () => accepts(place.ports.client),
    startMs: START_TIMEOUT_MS,
  })
}

const end = (child: ChildProcess, signal: NodeJS.Signals) => endServer(child, signal, STOP_TIMEOUT_MS)

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const finish = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => finish(true))
    socket.once('error', () => finish(false))
  })
}
