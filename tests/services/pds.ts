/**
 * A real Bluesky PDS as a process of its own, and its firehose as a Jetstream would give it on. Its packages are
 * installed once, without their scripts, into `.cache/pds`: 250 MB that nobody else needs.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Frame } from './jetstream.ts'
import { execute, underLock } from './kafka-install.ts'
import { endServer, lastLines } from './server-process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const OWN = fileURLToPath(new URL('pds/', import.meta.url))
const SERVER = path.join(OWN, 'server.mjs')
/** 15 s on a quiet line. */
const INSTALL_TIMEOUT_MS = 300_000
/** It is up in 2 s on a quiet machine. */
const START_TIMEOUT_MS = 60_000
const ADMIN = `Basic ${Buffer.from('admin:admin').toString('base64')}`

const firstLineSchema = z.object({ url: z.string() })
const accountSchema = z.object({ did: z.string(), accessJwt: z.string() })
const recordSchema = z.object({ uri: z.string(), cid: z.string() })
/** Where a record lies, and which content it has there. */
export type RecordRef = z.infer<typeof recordSchema>

/** Somebody with an account on the PDS. */
export interface Person {
  readonly did: string
  create(collection: string, record: Record<string, unknown>): Promise<RecordRef>
  /** Writes over what is there. */
  put(ref: RecordRef, record: Record<string, unknown>): Promise<RecordRef>
  remove(ref: RecordRef): Promise<void>
  deactivate(): Promise<void>
  activate(): Promise<void>
}

export interface Pds extends AsyncDisposable {
  join(handle: string): Promise<Person>
  /** Takes the account down, as the operator of the PDS, or puts it back. */
  setTakedown(did: string, down: boolean): Promise<void>
}

/** Installs it where that was not done, and starts it; `onFrame` hears its firehose from the first event on. */
export async function startPds(onFrame: (frame: Frame) => void): Promise<Pds> {
  const install = await installPds()
  const data = await mkdtemp(path.join(tmpdir(), 'tallywatch-pds-'))
  const child = spawn(process.execPath, [SERVER, install, data], { stdio: ['pipe', 'pipe', 'pipe'] })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()))
  const stop = async (): Promise<void> => {
    await endServer(child, 'SIGTERM', 5_000)
    await rm(data, { recursive: true, force: true })
  }
  let late: NodeJS.Timeout | undefined
  const started = new Promise<string>((resolve, reject) => {
    late = setTimeout(() => reject(new Error('The PDS did not start in time.')), START_TIMEOUT_MS)
    child.once('close', () => reject(new Error(`The PDS did not start: ${lastLines(words)}`)))
    let url: string | null = null
    createInterface(child.stdout).on('line', (line) => {
      const said: unknown = JSON.parse(line)
      if (url !== null) return onFrame(said as Frame)
      url = firstLineSchema.parse(said).url
      resolve(url)
    })
  })
  try {
    return { ...clientOf(await started), [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(late)
  }
}

function clientOf(url: string): Pick<Pds, 'join' | 'setTakedown'> {
  async function call(name: string, authorization: string | null, body: unknown): Promise<unknown> {
    const response = await fetch(`${url}/xrpc/${name}`, {
      method: 'POST',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(authorization === null ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  return {
    async join(handle) {
      const account = { handle, email: `${handle}@example.org`, password: 'a long word' }
      const { did, accessJwt } = accountSchema.parse(
        await call('com.atproto.server.createAccount', null, account),
      )
      const as = (name: string, body?: unknown) => call(`com.atproto.${name}`, `Bearer ${accessJwt}`, body)
      return {
        did,
        create: async (collection, record) =>
          recordSchema.parse(
            await as('repo.createRecord', {
              repo: did,
              collection,
              record: { $type: collection, ...record },
            }),
          ),
        async put(ref, record) {
          const { collection, rkey } = partsOf(ref)
          const whole = { $type: collection, ...record }
          return recordSchema.parse(
            await as('repo.putRecord', { repo: did, collection, rkey, record: whole }),
          )
        },
        remove: async (ref) => void (await as('repo.deleteRecord', { repo: did, ...partsOf(ref) })),
        deactivate: async () => void (await as('server.deactivateAccount', {})),
        activate: async () => void (await as('server.activateAccount')),
      }
    },
    async setTakedown(did, applied) {
      await call('com.atproto.admin.updateSubjectStatus', ADMIN, {
        subject: { $type: 'com.atproto.admin.defs#repoRef', did },
        takedown: { applied, ...(applied ? { ref: '1' } : {}) },
      })
    },
  }
}

function partsOf({ uri }: RecordRef): { collection: string; rkey: string } {
  const [, collection = '', rkey = ''] = /^at:\/\/[^/]+\/([^/]+)\/([^/]+)$/.exec(uri) ?? []
  return { collection, rkey }
}

/** The folder that holds its packages. Throws one line where they cannot be fetched. */
async function installPds(): Promise<string> {
  const lock = await readFile(path.join(OWN, 'package-lock.json'))
  const cache = path.join(ROOT, '.cache', 'pds')
  const install = path.join(cache, createHash('sha256').update(lock).digest('hex').slice(0, 12))
  if (existsSync(install)) return install
  await mkdir(cache, { recursive: true })
  await underLock(`${install}.lock`, async () => {
    if (existsSync(install)) return
    const partial = `${install}.${process.pid}`
    await mkdir(partial, { recursive: true })
    for (const name of ['package.json', 'package-lock.json'])
      await cp(path.join(OWN, name), path.join(partial, name))
    const args = ['ci', '--prefix', partial, '--ignore-scripts', '--no-audit', '--no-fund']
    const { code, output } = await execute('npm', args, INSTALL_TIMEOUT_MS)
    if (code !== 0) throw new Error(`npm could not install the PDS for the tests: ${lastLines(output)}`)
    await rename(partial, install)
  })
  return install
}
