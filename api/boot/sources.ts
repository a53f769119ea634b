/** From the specs of the command line and the environment to sources. */
import { createNormalizer } from '../../ingest/normalize.ts'
import { createDrillSource } from '../../ingest/sources/drill/source.ts'
import { createFileSource } from '../../ingest/sources/file.ts'
import { createFeedSource } from '../../ingest/sources/feed.ts'
import { createFolderSource } from '../../ingest/sources/folder.ts'
import { createJetstreamSource } from '../../ingest/sources/jetstream.ts'
import { readDictionary } from '../../ingest/sources/jetstream/unpack.ts'
import { createKafkaSource } from '../../ingest/sources/kafka.ts'
import { createMastodonSource } from '../../ingest/sources/mastodon.ts'
import { SourceError, type Source } from '../../ingest/sources/source.ts'
import { parseSourceSpec } from '../../ingest/sources/spec.ts'
import type { KafkaSecurity } from '../../ingest/base/kafka-security.ts'
import type { BackendsConfig } from './config.ts'
import { unpack } from './unpack.ts'

export type Speed = number | 'max'

interface SourceOptions {
  authorKey: string
  speed: Speed
  /** `field=column,…` for files whose shape is not recognised. */
  map?: string | undefined
  /** By server (`social.example`), for those that show their stream to nobody without one. */
  mastodonTokens?: Readonly<Record<string, string>> | undefined
  /** File of the dictionary for packed frames of Jetstream's first version. */
  jetstreamDictionary?: string | undefined
  /** For a source at the project's own brokers their settings hold, for others `kafkaSource`. */
  backends?: BackendsConfig | undefined
  kafkaSource?: KafkaSecurity | null | undefined
}

/** Throws SourceError `bad_spec` for a spec that names no source, and for two that name one. */
export function createSources(specs: readonly string[], options: SourceOptions): Source[] {
  const sources = specs.map((spec) => [spec, createSource(spec, options)] as const)
  checkNames(sources)
  return sources.map(([, source]) => source)
}

/**
 * Two sources of one name would share their position, their coverage and the ids of their posts. Throws SourceError
 * `bad_spec`.
 */
export function checkNames(sources: Iterable<readonly [spec: string, source: Source]>): void {
  const known = new Map<string, string>()
  for (const [spec, { name }] of sources) {
    const other = known.get(name)
    known.set(name, spec)
    if (other === undefined) continue
    const mend = /^(?:file|folder):/.test(name)
      ? 'give one of them another name, or name a link to it that has another'
      : 'name it once'
    throw new SourceError('bad_spec', `"${other}" and "${spec}" are both the source ${name}: ${mend}.`)
  }
}

/** Throws SourceError `bad_spec`. */
export function createSource(spec: string, options: SourceOptions): Source {
  const { authorKey, speed, map, mastodonTokens = {}, jetstreamDictionary } = options
  const normalize = createNormalizer({ authorKey })
  const parsed = parseSourceSpec(spec)
  if (parsed.kind === 'file') {
    return createFileSource({
      path: parsed.path,
      normalize,
      unpack,
      speed,
      ...(map === undefined ? {} : { map }),
    })
  }
  if (parsed.kind === 'folder') {
    return createFolderSource({ path: parsed.path, normalize, unpack, ...(map === undefined ? {} : { map }) })
  }
  if (parsed.kind === 'bluesky') {
    const dictionary = jetstreamDictionary === undefined ? null : readDictionary(jetstreamDictionary)
    return createJetstreamSource({
      normalize,
      dictionary,
      likes: parsed.likes,
      ...(parsed.urls === null ? {} : { urls: parsed.urls }),
    })
  }
  if (parsed.kind === 'mastodon') {
    const token = mastodonTokens[new URL(parsed.url).host] ?? null
    return createMastodonSource({ url: parsed.url, normalize, token })
  }
  if (parsed.kind === 'feed') return createFeedSource({ url: parsed.url, normalize })
  if (parsed.kind === 'kafka') {
    const { topic, brokers, fields } = parsed
    const security = securityOf(brokers, options)
    return createKafkaSource({
      topic,
      brokers,
      normalize,
      ...(security === null ? {} : { security }),
      ...(fields === null ? {} : { map: fields }),
    })
  }
  return createDrillSource({ ...parsed, seed: 1, speed, startAt: drillStart(Date.now()), normalize })
}

/** How these brokers are spoken to; null: as nobody said. */
export function securityOf(
  brokers: readonly string[],
  { backends, kafkaSource = null }: Pick<SourceOptions, 'backends' | 'kafkaSource'>,
): KafkaSecurity | null {
  // A password is shown to nobody but those for whom it was set.
  return usesOwnBrokers(brokers, { backends }) && backends?.kind === 'server'
    ? backends.security
    : kafkaSource
}

/** Whether they are the project's own. */
export function usesOwnBrokers(
  brokers: readonly string[],
  { backends }: Pick<SourceOptions, 'backends'>,
): boolean {
  return backends?.kind === 'server' && brokers.every((broker) => backends.brokers.includes(broker))
}

/** A drill begins at the last full hour, so that its clock looks like tonight's. */
export function drillStart(now: number): number {
  return Math.floor(now / 3_600_000) * 3_600_000
}
