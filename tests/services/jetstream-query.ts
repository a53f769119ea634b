/** Which connections the test server's Jetstream refuses, and how, as its source says. */
export const V2_PATH = '/xrpc/network.bsky.jetstream.subscribeEvents'

export interface Refused {
  status: number
  body: string
  headers: Readonly<Record<string, string>>
}

interface Served {
  versions: readonly (1 | 2)[]
  /** The oldest sequence number that is kept; 0: all of them. */
  floorSeq: number
  /** Id of the dictionary that it packs with; null: it does not pack. */
  packId: number | null
  /** The client offers permessage-deflate. */
  deflates: boolean
}

const COLLECTION = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+(\.[a-zA-Z]+|\.\*)$/
const KINDS = new Set(['commit', 'identity', 'account', 'sync'])

/** Null: accepted. */
export function checkQuery(url: URL, served: Served): Refused | null {
  const { versions, deflates } = served
  const query = url.searchParams
  if (url.pathname === '/subscribe' && versions.includes(1)) {
    if (deflates && query.get('compress') === 'true') return plain(400)
    return isCursor(query) && query.getAll('wantedCollections').every((name) => COLLECTION.test(name))
      ? null
      : plain(400)
  }
  return url.pathname === V2_PATH && versions.includes(2) ? checkSecond(query, served) : plain(404)
}

function checkSecond(query: URLSearchParams, { floorSeq, packId }: Served): Refused | null {
  for (const legacy of ['wantedCollections', 'wantedDids', 'requireHello', 'compress'])
    if (query.has(legacy)) return xrpc('InvalidRequest', `${legacy} is of the first version`)
  if (!query.getAll('collections').every((name) => COLLECTION.test(name)))
    return xrpc('InvalidRequest', 'collections')
  if (!query.getAll('kinds').every((kind) => KINDS.has(kind))) return xrpc('InvalidRequest', 'kinds')
  if (!isCursor(query)) return xrpc('InvalidRequest', 'cursor')
  const dictionary = query.get('zstdDictionary')
  if (dictionary !== null && Number(dictionary) !== packId)
    return xrpc('UnknownZstdDictionary', `current dictionary id is ${packId}`)
  const cursor = Number(query.get('cursor') ?? Infinity)
  return cursor < 1e15 && cursor < floorSeq ? xrpc('CursorTooOld', `the floor is ${floorSeq}`) : null
}

function isCursor(query: URLSearchParams): boolean {
  const cursor = query.get('cursor')
  return cursor === null || /^\d+$/.test(cursor)
}

function plain(status: number): Refused {
  return { status, body: '', headers: {} }
}

function xrpc(error: string, message: string): Refused {
  return {
    status: 400,
    body: JSON.stringify({ error, message }),
    headers: { 'Content-Type': 'application/json' },
  }
}
