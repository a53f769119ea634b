/**
 * Frames of Jetstream, version 1 (https://github.com/bluesky-social/jetstream), and of version 2, which is read as
 * version 1: of app.bsky.feed.post, .repost and .like, and of accounts.
 */
import { firstVersionOf } from './jetstream-v2.ts'
import { bad, fieldsOf, stringOf, type Draft, type Fields, type LikeDraft, type Recognised } from './shape.ts'

const POST = 'app.bsky.feed.post'
const REPOST = 'app.bsky.feed.repost'
const LIKE = 'app.bsky.feed.like'
const COLLECTIONS = new Set<unknown>([POST, REPOST, LIKE])
/** What is asked of a server; likes are some five times as many as posts. */
export const collectionsWanted = (likes: boolean): readonly string[] =>
  likes ? [POST, REPOST, LIKE] : [POST, REPOST]

/** The frame as version 1 writes it, or null for what is no frame of Jetstream at all. */
export function toJetstreamFrame(fields: Fields): Fields | null {
  const frame = firstVersionOf(fields) ?? fields
  return typeof frame['time_us'] === 'number' && typeof frame['kind'] === 'string' ? frame : null
}

/**
 * What tells one commit from another on every instance: its record's address and content, never its time (each instance
 * keeps its own). Null for other frames.
 */
export function keyOfFrame(frame: Fields): string | null {
  const commit = fieldsOf(frame['commit'])
  if (commit === null) return null
  const { operation, collection, rkey, cid } = commit
  // A deletion has no content; the address alone would not tell it from one after the record was made again.
  const content = typeof cid === 'string' ? cid : String(commit['rev'])
  return `${String(operation)} ${String(frame['did'])}/${String(collection)}/${String(rkey)} ${content}`
}

/** The post or repost that a frame (of version 1) creates, or what it says became of one or of an account. */
export function readJetstreamFrame(frame: Fields): Recognised {
  const timeUs = frame['time_us']
  if (typeof timeUs !== 'number' || !Number.isSafeInteger(timeUs))
    return bad('invalid_record', 'The frame has no time_us.')
  const at = Math.floor(timeUs / 1_000)
  if (frame['kind'] === 'account') return readAccount(frame, at)
  if (frame['kind'] !== 'commit') return { kind: 'nothing' }
  const commit = fieldsOf(frame['commit'])
  if (commit === null) return bad('invalid_record', 'The frame is a commit without one.')
  if (!COLLECTIONS.has(commit['collection'])) return { kind: 'nothing' }
  const did = stringOf(frame['did'])
  const rkey = stringOf(commit['rkey'])
  if (did === null || rkey === null) return bad('no_id', 'The frame has no did or no rkey.')
  const id = `bluesky:${did}/${rkey}`
  if (commit['collection'] === LIKE) return readLike({ id, account: did }, commit)
  if (commit['operation'] === 'delete' || commit['operation'] === 'update') {
    const change = commit['operation'] === 'delete' ? 'deleted' : 'edited'
    return { kind: 'change', change: { of: 'post', subject: id, change, at } }
  }
  if (commit['operation'] !== 'create') return { kind: 'nothing' }
  const record = fieldsOf(commit['record'])
  if (record === null) return bad('invalid_record', 'The commit holds no record.')
  const common = { id, createdAt: record['createdAt'], at, did, cid: stringOf(commit['cid']) }
  return commit['collection'] === REPOST
    ? readRepost(common, record)
    : readPost(common, record, `https://bsky.app/profile/${did}/post/${rkey}`)
}

/** What posts and reposts have. */
interface Common {
  id: string
  createdAt: unknown
  /** When the server saw it, epoch ms. */
  at: number
  did: string
  cid: string | null
}

type Own = Pick<Draft, 'text' | 'url' | 'langs' | 'replyTo' | 'repostOf' | 'quoteOf'>

/** Named field by field: to spread objects into one costs more than to parse the whole frame. */
function draftOf({ id, createdAt, at, did, cid }: Common, own: Own): Draft {
  const { text, url, langs, replyTo, repostOf, quoteOf } = own
  return {
    id,
    text,
    createdAt,
    capturedAt: at,
    live: true,
    account: did,
    url,
    langs,
    replyTo,
    repostOf,
    quoteOf,
    placeHint: null,
    cid,
  }
}

/** An account that is not active shows nothing, for whatever reason (its own, or a takedown). */
function readAccount(frame: Fields, at: number): Recognised {
  const account = fieldsOf(frame['account'])
  const did = stringOf(frame['did']) ?? stringOf(account?.['did'])
  const active = account?.['active']
  if (did === null || typeof active !== 'boolean')
    return bad(
      'invalid_record',
      'The frame is about an account and does not say which, or whether it is active.',
    )
  const change = active ? 'account_back' : 'account_gone'
  return { kind: 'change', change: { of: 'account', subject: did, change, at } }
}

function readPost(common: Common, record: Fields, url: string): Recognised {
  // Pictures alone: nothing to judge, and nothing wrong.
  if (record['text'] === '') return { kind: 'nothing' }
  const langs = record['langs']
  const draft = draftOf(common, {
    text: stringOf(record['text']),
    url,
    langs: Array.isArray(langs) ? langs.filter((lang) => typeof lang === 'string') : [],
    replyTo: idOfUri(fieldsOf(fieldsOf(record['reply'])?.['parent'])?.['uri']),
    repostOf: null,
    quoteOf: readQuote(fieldsOf(record['embed'])),
  })
  return { kind: 'drafts', drafts: [draft] }
}

function readRepost(common: Common, record: Fields): Recognised {
  const repostOf = idOfUri(fieldsOf(record['subject'])?.['uri'])
  if (repostOf === null) return bad('invalid_record', 'The repost does not say which post it repeats.')
  const own = { text: null, url: null, langs: [], replyTo: null, repostOf, quoteOf: null }
  return { kind: 'drafts', drafts: [draftOf(common, own)] }
}

/** A like that is written over is the same like; of lists and feeds they are of no post. */
function readLike(like: Pick<LikeDraft, 'id' | 'account'>, commit: Fields): Recognised {
  if (commit['operation'] === 'delete') return { kind: 'like', like: { ...like, of: null } }
  if (commit['operation'] !== 'create') return { kind: 'nothing' }
  const of = idOfUri(fieldsOf(fieldsOf(commit['record'])?.['subject'])?.['uri'])
  return of === null ? { kind: 'nothing' } : { kind: 'like', like: { ...like, of } }
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
