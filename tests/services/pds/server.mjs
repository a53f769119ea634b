/**
 * A Bluesky PDS (personal data server) with a directory of identities, both on loopback, and what a Jetstream would make
 * of its firehose: each event as a frame of version 1, a line on stdout. argv: the folder of the install, and one for data.
 * The first line is `{"url"}`. Ends when stdin does.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'

const [install, data] = process.argv.slice(2)
const require = createRequire(path.join(install, 'package.json'))
mendBlobs(require('better-sqlite3'))
const { PDS, envToCfg, envToSecrets } = require('@atproto/pds')
const { PlcServer, Database } = require('@did-plc/server')
const fromPds = createRequire(require.resolve('@atproto/pds'))
const { Secp256k1Keypair } = fromPds('@atproto/crypto')
const { cborDecodeMulti } = fromPds('@atproto/common')
const { cborToLexRecord, readCar } = fromPds('@atproto/repo')
const { lexToJson } = fromPds('@atproto/lexicon')
const { WebSocket } = createRequire(fromPds.resolve('@atproto/xrpc-server'))('ws')

/** libSQL gives blobs as ArrayBuffers, where better-sqlite3 gives Buffers. */
function mendBlobs(Sqlite) {
  const memory = new Sqlite(':memory:')
  const { prototype } = memory.prepare('SELECT 1').constructor
  memory.close()
  const { all } = prototype
  const mend = (value) => (value instanceof ArrayBuffer ? Buffer.from(value) : value)
  const mendRow = (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, mend(value)]))
  prototype.all = function (...parameters) {
    return all.apply(this, parameters).map(mendRow)
  }
}

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

async function listen(app, port = 0) {
  const server = createServer(app)
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { server, port: server.address().port }
}

const directory = await listen(PlcServer.create({ db: Database.mock() }).app)
const free = await listen()
await new Promise((resolve) => free.server.close(resolve))

const env = {
  devMode: true,
  port: free.port,
  hostname: 'localhost',
  dataDirectory: data,
  blobstoreDiskLocation: path.join(data, 'blobs'),
  didPlcUrl: `http://127.0.0.1:${directory.port}`,
  recoveryDidKey: (await Secp256k1Keypair.create()).did(),
  plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  adminPassword: 'admin',
  jwtSecret: randomBytes(32).toString('hex'),
  serviceHandleDomains: ['.test'],
  inviteRequired: false,
  disableSsrfProtection: true,
  // Nobody answers there: what is tried is what people write, not what they read.
  bskyAppViewUrl: 'http://127.0.0.1:9',
  bskyAppViewDid: 'did:web:localhost',
}
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
// It would listen on every interface.
const onAll = pds.app.listen.bind(pds.app)
pds.app.listen = (port) => onAll(port, '127.0.0.1')
await pds.start()

let last = 0
/** Its own time of seeing the event, and never one twice, as Jetstream does. */
function timeUs() {
  last = Math.max(last + 1, Date.now() * 1_000)
  return last
}

/** What a commit of the firehose holds, operation by operation. */
async function sayCommit({ repo, rev, ops, blocks }) {
  const car = await readCar(blocks)
  for (const { action, path: at, cid } of ops) {
    const [collection, rkey] = at.split('/')
    const commit = { rev, operation: action, collection, rkey }
    if (cid !== null) {
      commit.record = lexToJson(cborToLexRecord(car.blocks.get(cid)))
      commit.cid = cid.toString()
    }
    say({ did: repo, time_us: timeUs(), kind: 'commit', commit })
  }
}

async function sayEvent(message) {
  const [{ t: type }, body] = cborDecodeMulti(message)
  if (type === '#commit') await sayCommit(body)
  const kind = type === '#identity' ? 'identity' : 'account'
  if (type === '#identity' || type === '#account')
    say({ did: body.did, time_us: timeUs(), kind, [kind]: body })
}

const firehose = new WebSocket(`ws://127.0.0.1:${free.port}/xrpc/com.atproto.sync.subscribeRepos?cursor=0`)
let said = Promise.resolve()
firehose.on('message', (message) => (said = said.then(() => sayEvent(message))))
firehose.on('error', (error) => {
  throw error
})
firehose.on('open', () => say({ url: `http://127.0.0.1:${free.port}` }))
process.stdin.on('close', () => process.exit(0)).resume()
