/** How a person names a source on the command line: `bluesky`, `file:posts.jsonl.gz`, `drill`. */
import { checkAddress } from './net/address.ts'
import { SourceError } from './source.ts'

export type SourceSpec =
  /** No address: the public instances. */
  | { kind: 'bluesky'; urls: readonly string[] | null; likes: boolean }
  /** One server: `https://host`, with `?only=local` or `?tag=word`. */
  | { kind: 'mastodon'; url: string }
  | { kind: 'feed'; url: string }
  /** `fields`: fields of a post and the record's that give them, as `--map` has them; null: recognised. */
  | { kind: 'kafka'; topic: string; brokers: readonly string[]; fields: string | null }
  | { kind: 'file'; path: string }
  | { kind: 'folder'; path: string }
  | { kind: 'drill'; scenario: string | null }

const FORMS =
  'bluesky, bluesky:wss://HOST, bluesky+likes, mastodon:https://HOST, feed:https://ADDRESS, kafka:TOPIC@BROKER:PORT, file:PATH, folder:PATH, drill or drill:SCENARIO'

/**
 * Reads a source's name. Several Jetstream instances stand behind one another, parted by commas:
 * `bluesky:wss://one.example,wss://two.example`. `bluesky+likes` counts likes too. Throws SourceError `bad_spec`.
 */
export function parseSourceSpec(spec: string): SourceSpec {
  const colon = spec.indexOf(':')
  const kind = colon < 0 ? spec : spec.slice(0, colon)
  const rest = colon < 0 ? null : spec.slice(colon + 1)
  switch (kind) {
    case 'bluesky':
    case 'bluesky+likes':
      return {
        kind: 'bluesky',
        likes: kind !== 'bluesky',
        urls: rest === null ? null : rest.split(',').map((url) => checkAddress(url, 'ws')),
      }
    case 'mastodon':
    case 'feed':
      if (rest === null || rest === '') throw bad(spec, 'it names no address')
      return { kind, url: checkAddress(rest, 'http') }
    case 'kafka':
      return parseKafka(spec, rest ?? '')
    case 'file':
      if (rest === null || rest === '') throw bad(spec, 'it names no file')
      return { kind, path: rest }
    case 'folder':
      if (rest === null || rest === '') throw bad(spec, 'it names no folder')
      return { kind, path: rest }
    case 'drill':
      if (rest === '') throw bad(spec, 'it names no scenario after the colon')
      return { kind, scenario: rest }
    default:
      throw bad(spec, `there is no source "${kind}"`)
  }
}

/** `TOPIC@BROKER:PORT,BROKER:PORT?text=body&id=post_id` */
function parseKafka(spec: string, rest: string): SourceSpec {
  const [, topic, brokers, query] = /^([\w.-]{1,249})@([^?\s]+?)(?:\?(.*))?$/.exec(rest) ?? []
  if (topic === undefined || brokers === undefined) throw bad(spec, 'it names no topic and broker')
  const list = brokers.split(',')
  if (!list.every((broker) => /^[\w.-]+:\d{1,5}$/.test(broker)))
    throw bad(spec, 'a broker is written HOST:PORT')
  const fields = query === undefined ? null : query.replaceAll('&', ',')
  return { kind: 'kafka', topic, brokers: list, fields }
}

function bad(spec: string, why: string): SourceError {
  return new SourceError('bad_spec', `The source "${spec}" is not understood: ${why}. Use ${FORMS}.`)
}
