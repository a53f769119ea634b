/** Statuses as Mastodon's API gives them (https://docs.joinmastodon.org/entities/Status/). */
import { bad, fieldsOf, idOf, NO_DRAFT, stringOf, type Draft, type Fields, type Recognised } from './shape.ts'

/** `content` and `account` together are Mastodon's own; nobody else's posts have both. */
export function isMastodonStatus(fields: Fields): boolean {
  return typeof fields['content'] === 'string' && fieldsOf(fields['account']) !== null
}

/** A status; for a boost, what it boosts comes first, and the boost itself has no text. */
export function readMastodonStatus(fields: Fields): Recognised {
  const boosted = fieldsOf(fields['reblog'])
  if (boosted === null) {
    // Pictures alone: nothing to judge, and nothing wrong.
    if (htmlOf(fields) === '') return { kind: 'nothing' }
    const draft = readStatus(fields, null)
    return draft === null ? noId() : { kind: 'drafts', drafts: [draft] }
  }
  const original = readStatus(boosted, null)
  const boost = original === null ? null : readStatus(fields, original.id)
  return original === null || boost === null
    ? noId()
    : { kind: 'drafts', drafts: [{ ...original, embedded: true }, boost] }
}

function noId(): Recognised {
  return bad('no_id', 'The status has no uri or url that names its server, or no id.')
}

function readStatus(fields: Fields, repostOf: string | null): Draft | null {
  const address = parseAddress(fields['uri']) ?? parseAddress(fields['url'])
  const localId = idOf(fields['id'])
  if (address === null) return null
  const nativeId = nativeIdOf(address) ?? localId
  if (nativeId === null) return null
  const { host } = address
  // A reading server's number for the parent means something only where the status is at home there.
  const parent = localId === nativeId ? idOf(fields['in_reply_to_id']) : null
  const language = stringOf(fields['language'])
  return {
    ...NO_DRAFT,
    id: `mastodon:${host}/${nativeId}`,
    text: htmlOf(fields),
    html: true,
    createdAt: fields['created_at'],
    account: readAccount(fieldsOf(fields['account']), host),
    url: stringOf(fields['url']) ?? stringOf(fields['uri']),
    langs: language === null ? [] : [language],
    replyTo: parent === null ? null : `mastodon:${host}/${parent}`,
    repostOf,
    quoteOf: readQuote(fieldsOf(fieldsOf(fields['quote'])?.['quoted_status'])),
  }
}

/** What people see of it first is the warning that its author set before it, which is plain text. */
function htmlOf(fields: Fields): string | null {
  const content = typeof fields['content'] === 'string' ? fields['content'] : null
  const warning = stringOf(fields['spoiler_text'])
  return warning === null ? content : `<p>${escapeHtml(warning)}</p>${content ?? ''}`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Where the common servers' addresses have the status's own id; all that went before is who wrote it. */
const ID_IN_PATH = [
  // Mastodon and most others, as an object or as the act of writing it.
  /^\/(?:ap\/)?users\/[^/]+\/(?:statuses|posts)\/([^/]+)(?:\/activity)?$/,
  // Mastodon's and Pixelfed's pages.
  /^\/(?:@|p\/)[^/]+\/([^/]+)$/,
  // Pleroma and Akkoma, Misskey and its kin, GoToSocial's short form.
  /^\/(?:objects|notes|statuses)\/([^/]+)$/,
]

/**
 * A status's id at its own server, out of its ActivityPub address: the same wherever it was read, unlike `id`, which is
 * the reading server's own number. Of addresses of another form it is all that follows the host.
 */
function nativeIdOf({ pathname, search }: URL): string | null {
  for (const form of ID_IN_PATH) {
    const id = form.exec(pathname)?.[1]
    if (id !== undefined && search === '') return id
  }
  const rest = (pathname + search).replace(/^\/+|\/+$/g, '')
  return rest === '' ? null : rest
}

function readQuote(quoted: Fields | null): string | null {
  return quoted === null ? null : (readStatus(quoted, null)?.id ?? null)
}

/** `name@host`: `acct` leaves the host out for the reading server's own accounts. */
function readAccount(account: Fields | null, host: string): string | null {
  const acct = stringOf(account?.['acct'])
  if (acct === null) return stringOf(account?.['url'])
  return acct.includes('@') ? acct : `${acct}@${host}`
}

function parseAddress(value: unknown): URL | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return null
  const url = new URL(value)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : null
}
