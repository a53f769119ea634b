/**
 * A cluster of two shards, of one server each, behind one address. The servers are real; what they lack is a Keeper: so
 * statements `ON CLUSTER` are taken from the wire here and run on each of them, and replicated tables become plain ones.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { answers } from './clickhouse.ts'
import { listen } from './listen.ts'
import { endServer, freePort, launchServer } from './server-process.ts'

const CHILD = fileURLToPath(new URL('clickhouse-child.ts', import.meta.url))
const START_MS = 60_000

export interface ClickhouseCluster {
  name: string
  /** Asks the first shard; statements for the cluster reach both. */
  url: string
  /** Each server's own address. */
  shards: string[]
  /** How many statements were sent to every server. */
  sentToAll(): number
  [Symbol.asyncDispose](): Promise<void>
}

export async function startClickhouseCluster(): Promise<ClickhouseCluster> {
  const work = await mkdtemp(path.join(tmpdir(), 'tallywatch-cluster-'))
  const ports = [0, 1].map(async () => ({ http: await freePort(), tcp: await freePort() }))
  const machines = await Promise.all(ports)
  const remotes = machines.map(
    ({ tcp }) =>
      `<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>${tcp}</port></replica></shard>`,
  )
  const servers = await Promise.all(
    machines.map(async ({ http, tcp }, index) => {
      const at = (name: string) => path.join(work, `${name}-${index}`)
      const config = `${at('config')}.xml`
      await writeFile(
        config,
        `<clickhouse><tcp_port>${tcp}</tcp_port><listen_host>127.0.0.1</listen_host><remote_servers><night>${remotes.join('')}</night></remote_servers></clickhouse>`,
      )
      return launchServer({
        name: 'ClickHouse',
        command: [process.execPath, '--import', 'tsx', CHILD, at('data'), String(http), config],
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        log: at('log'),
        isReady: () => answers(http),
        startMs: START_MS,
      })
    }),
  )
  const shards = machines.map(({ http }) => `http://127.0.0.1:${http}`)
  let sentToAll = 0
  const face = createServer((incoming, outgoing) => {
    void pass(shards, incoming, outgoing, () => sentToAll++)
  })
  return {
    name: 'night',
    url: `http://${await listen(face)}`,
    shards,
    sentToAll: () => sentToAll,
    async [Symbol.asyncDispose]() {
      face.closeAllConnections()
      face.close()
      await Promise.all(servers.map((server) => endServer(server, 'SIGKILL', START_MS)))
      await rm(work, { recursive: true, force: true })
    },
  }
}

async function pass(
  shards: readonly string[],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  onAll: () => void,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const everywhere = body.includes(' ON CLUSTER ')
  const sent = everywhere ? Buffer.from(withoutKeeper(body.toString('utf8'))) : body
  if (everywhere) onAll()
  const targets = everywhere ? shards : shards.slice(0, 1)
  let last: { status: number; headers: IncomingMessage['headers']; body: Buffer } | undefined
  for (const target of targets) {
    last = await ask(target, incoming, sent)
    if (last.status !== 200) break
  }
  outgoing.writeHead(last!.status, last!.headers).end(last!.body)
}

function withoutKeeper(statement: string): string {
  return statement
    .replace(/ ON CLUSTER `\w+`/g, '')
    .replace(/ReplicatedReplacingMergeTree\('[^']*', '\{replica\}', /g, 'ReplacingMergeTree(')
}

function ask(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { 'transfer-encoding': _, ...rest } = headers
    const asked = request(
      new URL(url ?? '/', target),
      { method, headers: { ...rest, 'content-length': body.length } },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.once('error', reject)
        answer.once('end', () => {
          const { 'transfer-encoding': _chunked, ...kept } = answer.headers
          resolve({ status: answer.statusCode ?? 500, headers: kept, body: Buffer.concat(chunks) })
        })
      },
    )
    asked.once('error', reject)
    asked.end(body)
  })
}
