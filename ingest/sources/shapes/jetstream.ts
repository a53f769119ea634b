/**
 * Frames of Jetstream, version 1 (https://github.com/bluesky-social/jetstream), of app.bsky.feed.post and
 * app.bsky.feed.repost.
 */
import { bad, fieldsOf, NO_DRAFT, stringOf, type Draft, type Fields, type Recognised } from './shape.ts'

const POST = 'app.bsky.feed.post'
const REPOST = 'app.bsky.feed.repost'
const COLLECTIONS = new Set<unknown>([POST, REPOST])
export const JETSTREAM_COLLECTIONS: readonly string[] = [POST, REPOST]

/** Whether a JSON object is a frame of Jetstream at all. */
export function isJetstreamFrame(fields: Fields): boolean {
  return typeof fields['time_us'] === 'number' && typeof fields['kind'] === 'string'
}

/**
 * What tells one commit from another on every instance: its record's address and content, never its time (each instance
 * keeps its own). Null for other frames.
 */
export function keyOfFrame(fields: Fields): string | null {
  const commit = fieldsOf(fields['commit'])
  if (commit === null) return null
  const { operation, collection, rkey, cid } = commit
  return [fields['did'], operation, collection, rkey, cid].map(String).join(' ')
}

/** The post or repost that a frame creates. Changes and deletions are nothing here. */
export function readJetstreamFrame(fields: Fields): Recognised {
  const timeUs = fields['time_us']
  if (typeof timeUs !== 'number' || !Number.isSafeInteger(timeUs))
    return bad('invalid_record', 'The frame has no time_us.')
  if (fields['kind'] !== 'commit') return { kind: 'nothing' }
  const commit = fieldsOf(fields['commit'])
  if (commit === null) return bad('invalid_record', 'The frame is a commit without one.')
  if (commit['operation'] !== 'create' || !COLLECTIONS.has(commit['collection'])) return { kind: 'nothing' }
  const did = stringOf(fields['did'])
  const rkey = stringOf(commit['rkey'])
  if (did === null || rkey === null) return bad('no_id', 'The frame has no did or no rkey.')
  const record = fieldsOf(commit['record'])
  if (record === null) return bad('invalid_record', 'The commit holds no record.')
  const common = {
    ...NO_DRAFT,
    id: `bluesky:${did}/${rkey}`,
    createdAt: record['createdAt'],
    capturedAt: Math.floor(timeUs / 1_000),
    live: true,
    account: did,
    cid: stringOf(commit['cid']),
  }
  if (commit['collection'] === REPOST) return readRepost(common, record)
  // Pictures alone: nothing to judge, and nothing wrong.
  if (record['text'] === '') return { kind: 'nothing' }
  const langs = record['langs']
  return {
    kind: 'drafts',
    drafts: [
      {
        ...common,
        text: stringOf(record['text']),
        url: `https://bsky.app/profile/${did}/post/${rkey}`,
        langs: Array.isArray(langs) ? langs.filter((lang) => typeof lang === 'string') : [],
        replyTo: idOfUri(fieldsOf(fieldsOf(record['reply'])?.['parent'])?.['uri']),
        quoteOf: readQuote(fieldsOf(record['embed'])),
      },
    ],
  }
}

function readRepost(common: Draft, record: Fields): Recognised {
  const repostOf = idOfUri(fieldsOf(record['subject'])?.['uri'])
  if (repostOf === null) return bad('invalid_record', 'The repost does not say which post it repeats.')
  return { kind: 'drafts', drafts: [{ ...common, repostOf }] }
}

function readQuote(embed: Fields | null): string | null {
  const record = fieldsOf(embed?.['record'])
  // With pictures beside it, the quoted record lies one level deeper.
  return idOfUri(record?.['uri'] ?? fieldsOf(record?.['record'])?.['uri'])
}

/** `at://<did>/app.bsky.feed.post/<rkey>`; quotes of lists and feeds are of no post. */
function idOfUri(uri: unknown): string | null {
  if (typeof uri !== 'string') return null
  const match = /^at:\/\/(did:[^/]+)\/app\.bsky\.feed\.post\/([^/]+)$/.exec(uri)
  return match === null ? null : `bluesky:${match[1]}/${match[2]}`
}
