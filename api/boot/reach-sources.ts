/** Whether a source that lies on the network answers now, and what it asks for. It tries again by itself later. */
import { decodeFeed } from '../../ingest/sources/feed/decode.ts'
import { parseItems } from '../../ingest/sources/feed/parse.ts'
import { PUBLIC_JETSTREAMS } from '../../ingest/sources/jetstream.ts'
import { probeJetstream } from '../../ingest/sources/jetstream/probe.ts'
import { whyRefused, type KafkaSecurity } from '../../ingest/base/kafka-security.ts'
import { createKafka } from '../../ingest/sources/kafka.ts'
import { listTopics } from '../../ingest/sources/kafka/consume.ts'
import { parseServer, readPage } from '../../ingest/sources/mastodon/server.ts'
import { requestBytes } from '../../ingest/sources/net/http.ts'
import { describe } from '../../ingest/sources/net/web-socket.ts'
import type { SourceSpec } from '../../ingest/sources/spec.ts'
import type { Config } from './config.ts'
import { doubtful, fine, type Finding } from './finding.ts'
import { securityOf, usesOwnBrokers } from './sources.ts'

/** A server on the same continent answers in a tenth of this. */
const REACH_MS = 3_000
/** As the feed source takes them. */
const FEED_MAX_BYTES = 8 * 1024 * 1024

type Networked = Exclude<SourceSpec, { kind: 'file' | 'folder' | 'drill' }>

/** Asks the source's servers, each once. Never rejects. */
export async function checkReach(
  name: string,
  spec: Networked,
  config: Pick<Config, 'mastodonTokens' | 'backends' | 'kafkaSource'>,
): Promise<Finding> {
  const { mastodonTokens } = config
  try {
    const signal = AbortSignal.timeout(3 * REACH_MS)
    if (spec.kind === 'bluesky') return await checkJetstreams(name, spec.urls ?? PUBLIC_JETSTREAMS, signal)
    if (spec.kind === 'mastodon')
      return await checkMastodon(name, spec.url, mastodonTokens[new URL(spec.url).host] ?? null, signal)
    if (spec.kind === 'feed') return await checkFeed(name, spec.url, signal)
    return await checkTopic(name, spec, config)
  } catch (error) {
    return unreachable(name, hostOf(spec), error)
  }
}

function hostOf(spec: Networked): string {
  if ('url' in spec) return new URL(spec.url).host
  return spec.kind === 'kafka' ? spec.brokers[0]! : new URL((spec.urls ?? PUBLIC_JETSTREAMS)[0]!).host
}

function unreachable(name: string, host: string, error: unknown): Finding {
  const why = error instanceof Error ? describe(error) : String(error)
  const mend = /certificate|self-signed|issuer/.test(why)
    ? 'for an authority of your own set NODE_EXTRA_CA_CERTS'
    : 'check its name, the network, the firewall and the proxy'
  return doubtful(`source ${name}: ${host} cannot be reached (${why}): ${mend}`)
}

async function checkJetstreams(name: string, urls: readonly string[], signal: AbortSignal): Promise<Finding> {
  const hosts = urls.map((url) => new URL(url).host)
  const probed = await Promise.all(urls.map((url) => probeJetstream(url, REACH_MS, signal)))
  const reached = hosts.filter((_, i) => probed[i]!.ok)
  const failed = probed.find((one) => !one.ok)
  if (failed === undefined) return fine(`source ${name}: ${reached.join(', ')} can be reached`)
  if (reached.length > 0) {
    const missing = hosts.filter((host) => !reached.includes(host))
    return fine(`source ${name}: ${reached.join(', ')} can be reached, ${missing.join(', ')} not`)
  }
  const all = hosts.join(', ')
  if (failed.refusal === null) return unreachable(name, all, new Error(failed.reason.replace(/^\S+: /, '')))
  const why = `it refuses the stream (${failed.reason})`
  return doubtful(
    `source ${name}: ${all} is there, and ${why}: look whether it is a Jetstream, and write its address alone or with the path /subscribe`,
  )
}

async function checkMastodon(
  name: string,
  url: string,
  token: string | null,
  signal: AbortSignal,
): Promise<Finding> {
  const server = parseServer(url, token)
  const page = await readPage(server, null, signal, REACH_MS)
  const { host } = server
  const how = `give one of an application there, scope read:statuses, in TALLYWATCH_MASTODON_TOKENS=${host}=TOKEN`
  if (page.ok) {
    return token === null
      ? fine(
          `source ${name}: ${host} shows its timeline to anybody; to have its stream too where that asks for a token, ${how}`,
        )
      : fine(`source ${name}: ${host} takes the token`)
  }
  if (![401, 403, 422].includes(page.status)) {
    const mend =
      page.status < 500 && page.status !== 429 ? ': look whether it is a Mastodon-compatible server' : ''
    return doubtful(`source ${name}: ${page.reason}${mend}`)
  }
  return token === null
    ? doubtful(`source ${name}: ${host} shows nothing without a token (${page.status}): ${how}`)
    : doubtful(`source ${name}: ${host} refuses the token (${page.status}), which may have expired: ${how}`)
}

async function checkFeed(name: string, url: string, signal: AbortSignal): Promise<Finding> {
  const { host } = new URL(url)
  const answer = await requestBytes(url, { maxBytes: FEED_MAX_BYTES, patienceMs: REACH_MS, signal })
  if (answer.status !== 200)
    return doubtful(`source ${name}: ${host} answers with ${answer.status}: look whether the feed has moved`)
  let items: number
  try {
    items = parseItems(decodeFeed(answer.body, answer.headers['content-type'])).length
  } catch {
    // What the parser says is of use to nobody who does not know the format.
    const type = answer.headers['content-type'] ?? 'no type'
    return doubtful(
      `source ${name}: what ${host} gives (${type}) is no RSS, Atom or JSON feed: look for the feed's own address in the page`,
    )
  }
  return fine(`source ${name}: a feed of ${items} items`)
}

async function checkTopic(
  name: string,
  { topic, brokers }: Extract<SourceSpec, { kind: 'kafka' }>,
  config: Pick<Config, 'backends' | 'kafkaSource'>,
): Promise<Finding> {
  const security = securityOf(brokers, config)
  const kafka = createKafka(brokers, security ?? undefined, {
    connectionTimeout: REACH_MS,
    retry: { retries: 0 },
  })
  let topics: string[]
  try {
    topics = await listTopics(kafka)
  } catch (error) {
    const prefix = usesOwnBrokers(brokers, config) ? 'KAFKA_' : 'KAFKA_SOURCE_'
    const mend = mendSecurity(error, security, prefix)
    if (mend === null) throw error
    return doubtful(`source ${name}: ${brokers[0]}: ${mend}`)
  }
  if (topics.includes(topic)) return fine(`source ${name}: the topic ${topic} is there`)
  return doubtful(
    `source ${name}: ${brokers[0]} shows no topic ${topic}: check its name, and that this client may read it`,
  )
}

/** What to do where brokers are there and do not speak to us; null: it is another thing. */
function mendSecurity(error: unknown, security: KafkaSecurity | null, prefix: string): string | null {
  const refused = whyRefused(error)
  if (refused !== null) {
    const mend = refused.includes('certificate')
      ? `name the authority's file in ${prefix}CA, and one's own in ${prefix}CERT and ${prefix}KEY where they ask for it`
      : `look at ${prefix}USER and ${prefix}PASSWORD`
    return `${refused}: ${mend}`
  }
  // Brokers that wait for another way of speaking hang up.
  if (!(error instanceof Error) || !/closed connection/i.test(error.message)) return null
  const lacks = [
    ...(security?.tls == null ? [`TLS, set ${prefix}TLS=on`] : []),
    ...(security?.sasl == null ? [`a sign-in, set ${prefix}SASL`] : []),
  ]
  return lacks.length === 0
    ? null
    : `the brokers end the connection: where they ask for ${lacks.join('; for ')}`
}
