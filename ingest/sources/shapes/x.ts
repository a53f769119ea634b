/** Posts as X's API v2 gives them (https://docs.x.com/x-api/fundamentals/data-dictionary), bare or in `{data: …}`. */
import {
  fieldsOf,
  idOf,
  NO_DRAFT,
  stringOf,
  type Draft,
  type Fields,
  type Recognised,
  type RecordPlace,
} from './shape.ts'

/** `{data: post}` or `{data: [post, …]}`, as the API answers, or one post that names its author by number. */
export function isXPost(fields: Fields): boolean {
  return isPost(fields) || isPost(fieldsOf(first(fields['data'])))
}

/** The posts of an answer; those that it repeats or cites and brings along come first. */
export function readXPosts(fields: Fields, place: RecordPlace): Recognised {
  const data = fields['data']
  const posts = data === undefined ? [fields] : Array.isArray(data) ? data : [data]
  const includes = fieldsOf(fields['includes'])
  const users = byId(includes?.['users'])
  const read = (list: readonly (Fields | null)[]) =>
    list
      .map((post) => (post === null ? null : readPost(post, users, place)))
      .filter((draft) => draft !== null)
  const embedded = read([...byId(includes?.['tweets']).values()]).map((draft) => ({
    ...draft,
    embedded: true,
  }))
  const drafts = [...embedded, ...read(posts.map(fieldsOf))]
  return drafts.length === 0 ? { kind: 'nothing' } : { kind: 'drafts', drafts }
}

function isPost(fields: Fields | null): boolean {
  return (
    fields !== null &&
    typeof fields['id'] === 'string' &&
    typeof fields['text'] === 'string' &&
    (typeof fields['author_id'] === 'string' ||
      Array.isArray(fields['referenced_tweets']) ||
      Array.isArray(fields['edit_history_tweet_ids']))
  )
}

function readPost(fields: Fields, users: ReadonlyMap<string, Fields>, place: RecordPlace): Draft | null {
  const id = idOf(fields['id'])
  if (id === null) return null
  const account = stringOf(fields['author_id'])
  const lang = stringOf(fields['lang'])
  // Posts longer than 280 characters carry their whole text apart.
  const long = stringOf(fieldsOf(fields['note_tweet'])?.['text'])
  const references = Array.isArray(fields['referenced_tweets'])
    ? fields['referenced_tweets'].map(fieldsOf)
    : []
  const refer = (type: string) => {
    const id = idOf(references.find((reference) => reference?.['type'] === type)?.['id'])
    return id === null ? null : place.prefix + id
  }
  return {
    ...NO_DRAFT,
    id: place.prefix + id,
    text: long ?? stringOf(fields['text']),
    createdAt: fields['created_at'],
    account,
    url: /^\d+$/.test(id) ? `https://x.com/i/status/${id}` : null,
    langs: lang === null || lang === 'und' ? [] : [lang],
    replyTo: refer('replied_to'),
    repostOf: refer('retweeted'),
    quoteOf: refer('quoted'),
    placeHint: account === null ? null : stringOf(users.get(account)?.['location']),
  }
}

function byId(list: unknown): Map<string, Fields> {
  const map = new Map<string, Fields>()
  if (!Array.isArray(list)) return map
  for (const item of list) {
    const fields = fieldsOf(item)
    const id = idOf(fields?.['id'])
    if (fields !== null && id !== null) map.set(id, fields)
  }
  return map
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value
}
