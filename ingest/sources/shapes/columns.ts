/** Records with columns: CSV, and flat JSON. Columns are found by their names, or named by a map. */
import { parseTimestamp } from '../../base/timestamps.ts'
import { cut } from '../../normalize.ts'
import { SourceError } from '../source.ts'
import {
  bad,
  fieldsOf,
  idOf,
  stringOf,
  type ChangeDraft,
  type Draft,
  type Fields,
  type Recognised,
  type RecordPlace,
} from './shape.ts'

/** The fields of a post that a column can give. */
export const MAP_FIELDS = [
  'text',
  'id',
  'createdAt',
  'capturedAt',
  'author',
  'url',
  'langs',
  'replyTo',
  'repostOf',
  'quoteOf',
  'placeHint',
] as const
export type MapField = (typeof MAP_FIELDS)[number]

/** Names that columns have by themselves, best first, without case, spaces and underscores. */
const NAMES: readonly (readonly [field: MapField | 'state' | 'city', names: readonly string[]])[] = [
  ['text', ['text', 'fulltext', 'tweet', 'tweettext', 'content', 'body', 'message', 'post']],
  ['id', ['idstr', 'id', 'tweetid', 'postid', 'statusid', 'messageid']],
  [
    'createdAt',
    ['createdat', 'date', 'timestamp', 'datetime', 'time', 'createdutc', 'publishedat', 'created'],
  ],
  ['capturedAt', ['capturedat', 'collectedat', 'retrievedat', 'scrapedat']],
  [
    'author',
    ['author', 'authorid', 'userid', 'user', 'username', 'userscreenname', 'screenname', 'account', 'handle'],
  ],
  ['url', ['url', 'link', 'permalink', 'tweeturl']],
  ['langs', ['langs', 'lang', 'language']],
  ['replyTo', ['replyto', 'inreplytostatusidstr', 'inreplytostatusid', 'inreplytoid', 'parentid']],
  ['repostOf', ['repostof', 'retweetedstatusid', 'retweetid']],
  ['quoteOf', ['quoteof', 'quotedstatusidstr', 'quotedstatusid']],
  ['placeHint', ['placehint', 'userlocation', 'location', 'place']],
  ['state', ['state', 'statecode']],
  ['city', ['city']],
]

/** Where a field's value lies: one name, or several for a nested one. */
export type Columns = Partial<Record<MapField | 'state' | 'city', readonly string[]>>

/** Different sets of column names remembered; a file has a few, and one that has more only costs time. */
const SIGNATURES_MAX = 64

/** Reads `text=text,id=id,createdAt=user.date`. Throws SourceError `bad_map` or, for no field of a post, `unknown_column`. */
export function parseMap(map: string): Columns {
  const columns: Columns = {}
  for (const pair of map.split(',')) {
    const [field, column, ...more] = pair.split('=').map((part) => part.trim())
    if (!field || !column || more.length > 0) {
      throw new SourceError(
        'bad_map',
        `--map: "${pair}" is not field=column. Write them as text=body,id=post_id.`,
      )
    }
    if (!isMapField(field)) {
      throw new SourceError(
        'unknown_column',
        `--map: a post has no field "${field}"; it has ${MAP_FIELDS.join(', ')}.`,
      )
    }
    if (columns[field] !== undefined) throw new SourceError('bad_map', `--map: "${field}" is given twice.`)
    columns[field] = column.split('.')
  }
  return columns
}

function isMapField(field: string): field is MapField {
  return (MAP_FIELDS as readonly string[]).includes(field)
}

/** Throws SourceError `unknown_column` when the map names a column that the first record does not have. */
export function checkMap(map: Columns, first: Fields, where: string): void {
  for (const [field, path] of Object.entries(map)) {
    if (lookUp(first, path) === undefined) {
      throw new SourceError(
        'unknown_column',
        `--map: ${field} is to come from "${path.join('.')}", which ${where} does not have. It has ${listColumns(first)}.`,
      )
    }
  }
}

/** The columns of a record as a person would map them; at most 60. */
export function listColumns(fields: Fields): string {
  const names = Object.entries(fields).flatMap(([name, value]) => {
    const inner = fieldsOf(value)
    return inner === null ? [name] : Object.keys(inner).map((key) => `${name}.${key}`)
  })
  return names.slice(0, 60).join(', ') + (names.length > 60 ? ', …' : '')
}

/** Makes what finds a record's columns; those of the map go before those with a known name. */
export function createColumnFinder(map: Columns | null): (fields: Fields) => Columns {
  const known = new Map<string, Columns>()
  return function findColumns(fields) {
    const names = Object.keys(fields)
    const signature = names.join('\n')
    const before = known.get(signature)
    if (before !== undefined) return before
    const columns = { ...findByName(names), ...map }
    // A mapped place is the only one.
    if (map?.placeHint !== undefined) {
      delete columns.state
      delete columns.city
    }
    if (known.size >= SIGNATURES_MAX) known.clear()
    known.set(signature, columns)
    return columns
  }
}

function findByName(names: readonly string[]): Columns {
  const plain = new Map(names.map((name) => [name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''), name]))
  const columns: Columns = {}
  for (const [field, known] of NAMES) {
    const found = known.find((name) => plain.has(name))
    const name = found === undefined ? undefined : plain.get(found)
    if (name !== undefined) columns[field] = [name]
  }
  return columns
}

/** One post of a record with columns. `raw` is the record as it was written, where that is JSON. */
export function readColumns(
  fields: Fields,
  columns: Columns,
  place: RecordPlace,
  raw: string | null,
): Recognised {
  const id = readId(fields, columns.id, raw)
  const became = readChange(fields)
  const text = stringOf(lookUp(fields, columns.text))
  if (became !== null && text === null) {
    if (id === null) return bad('no_id', `It says that a post is ${became.change}, and not which one.`)
    return { kind: 'change', change: { ...became, subject: place.prefix + id } }
  }
  if (columns.text === undefined) {
    return bad('unknown_shape', `No column looks like the text. There is ${cut(listColumns(fields), 500)}.`)
  }
  const user = lookUp(fields, columns.author)
  const draft: Draft = {
    id: place.prefix + (id ?? place.fallbackId),
    text,
    createdAt: lookUp(fields, columns.createdAt),
    capturedAt: parseTimestamp(lookUp(fields, columns.capturedAt)),
    account: readAccount(user) ?? readId(fields, columns.author, raw),
    url: stringOf(lookUp(fields, columns.url)),
    langs: readLangs(lookUp(fields, columns.langs)),
    replyTo: refer(readId(fields, columns.replyTo, raw), place),
    repostOf: refer(readId(fields, columns.repostOf, raw), place),
    quoteOf: refer(readId(fields, columns.quoteOf, raw), place),
    placeHint: readPlace(fields, columns, user),
    cid: null,
  }
  if (became === null) return { kind: 'drafts', drafts: [draft] }
  // What was said was said, and is shown no more.
  return { kind: 'drafts', drafts: [draft], change: { ...became, subject: draft.id } }
}

/** `"deleted": true`, or `edited`: what became of the post, with an `at` or without. */
function readChange(fields: Fields): Omit<ChangeDraft, 'subject'> | null {
  const change = isTrue(fields['deleted']) ? 'deleted' : isTrue(fields['edited']) ? 'edited' : null
  return change === null ? null : { of: 'post', change, at: parseTimestamp(fields['at']) }
}

/** CSV has words alone. */
function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true')
}

function refer(id: string | null, place: RecordPlace): string | null {
  return id === null ? null : place.prefix + id
}

function lookUp(fields: Fields, path: readonly string[] | undefined): unknown {
  if (path === undefined) return undefined
  const [only] = path
  if (only !== undefined && path.length === 1) return fields[only]
  // A CSV column may have a dot in its name.
  if (path.join('.') in fields) return fields[path.join('.')]
  let value: unknown = fields
  for (const name of path) {
    value = fieldsOf(value)?.[name]
    if (value === undefined) return undefined
  }
  return value
}

/**
 * Ids beyond 2^53 lose their last digits when JSON is read (two posts could become one), so those written as numbers
 * are taken from the record as it was written.
 */
function readId(fields: Fields, path: readonly string[] | undefined, raw: string | null): string | null {
  if (path === undefined) return null
  const value = lookUp(fields, path)
  if (typeof value !== 'number' || Number.isSafeInteger(value) || raw === null) return idOf(value)
  const name = JSON.stringify(path.at(-1))
  // Every text as a whole, also those that are no names: none is looked at from its midst.
  for (const [, key, digits] of raw.matchAll(/("(?:[^"\\]|\\.)*")(?:\s*:\s*(-?\d{16,})\b)?/g)) {
    if (key === name && digits !== undefined && Number(digits) === value) return digits
  }
  return null
}

/** The account of a nested user: by its number, else by its name. */
function readAccount(user: unknown): string | null {
  const fields = fieldsOf(user)
  if (fields === null) return idOf(user)
  return (
    idOf(fields['id_str']) ?? idOf(fields['id']) ?? idOf(fields['screen_name']) ?? idOf(fields['username'])
  )
}

function readPlace(fields: Fields, columns: Columns, user: unknown): string | null {
  if (columns.placeHint !== undefined) {
    const place = lookUp(fields, columns.placeHint)
    return stringOf(fieldsOf(place)?.['full_name'] ?? place)
  }
  const state = stringOf(lookUp(fields, columns.state))
  const city = stringOf(lookUp(fields, columns.city))
  if (state !== null && city !== null) return `${city}, ${state}`
  return state ?? city ?? stringOf(fieldsOf(user)?.['location'])
}

const NO_LANGS: readonly string[] = []

function readLangs(value: unknown): readonly string[] {
  if (value === undefined) return NO_LANGS
  if (Array.isArray(value)) return value.filter((lang) => typeof lang === 'string')
  const text = stringOf(value)
  return text === null ? [] : text.split(/[,;\s]+/).filter((lang) => lang !== '')
}
