/** Places in hashtags: `#Georgia`, `#MaricopaCounty`, `#AZsenate`, `#NE02`, `#txlege`, `#TurnTexasBlue`. */
import { stateOf, STATE_CODES } from '../../ingest/base/jurisdictions.ts'
import type { Gazetteer, NameEntry } from './gazetteer.ts'
import { RISKY_CODES, TAG_ENDINGS, WORD_CODES } from './names.ts'
import { tagParts } from './scan.ts'

const CODES: ReadonlySet<string> = new Set(STATE_CODES)

/** Shortest and longest joined name of a state: `iowa`, `northernmarianaislands`. */
const NAME_MIN = 4
const NAME_MAX = 22

function stateEntry(code: string): NameEntry {
  return { kind: 'state', state: code, name: code.toLowerCase() }
}

function fromCode(raw: string): NameEntry | null {
  const code = raw.slice(0, 2).toUpperCase()
  if (!CODES.has(code)) return null
  const rest = raw.slice(2).toLowerCase()
  if (rest === '') {
    if (WORD_CODES.has(code.toLowerCase())) return null
    return raw === code || !RISKY_CODES.has(code.toLowerCase()) ? stateEntry(code) : null
  }
  // `#NE02`: a congressional district.
  if (/^[0-9]{1,2}$/.test(rest)) return raw.startsWith(code) ? stateEntry(code) : null
  // `#idpol` is identity politics.
  return TAG_ENDINGS.has(rest) && raw.toLowerCase() !== 'idpol' ? stateEntry(code) : null
}

/** A place with its state's code behind it: `#HarrisCountyTX`, `#wyomingcountypa`, `#EriePA`; or a code alone: `#VoteRedAZ`. */
function fromSuffix(gazetteer: Gazetteer, raw: string): NameEntry | null {
  const code = raw.slice(-2).toUpperCase()
  // `#DemCastCA` is an account's chapter, whatever it speaks of.
  if (raw.length < NAME_MIN || !CODES.has(code) || raw.startsWith('DemCast')) return null
  const name = raw.slice(0, -2).toLowerCase()
  const county = gazetteer.joined.get(name)
  if (county?.kind === 'county') {
    const fips = county.fips.filter((one) => stateOf(one) === code)
    return fips.length > 0 ? { kind: 'county', fips } : null
  }
  if (!/[a-z][A-Z]{2}$/.test(raw)) return null
  const city = gazetteer.cityTags.get(name)
  const places = city?.kind === 'city' ? city.places.filter((place) => place.state === code) : []
  if (places.length > 0) return { kind: 'city', trust: 'known', places }
  const lower = code.toLowerCase()
  return WORD_CODES.has(lower) || RISKY_CODES.has(lower) ? null : stateEntry(code)
}

/** Beginnings and ends of states' joined names: a tag with neither is not looked at closer. */
interface Edges {
  heads: ReadonlySet<string>
  tails: ReadonlySet<string>
}

function edgesOf({ joined }: Gazetteer): Edges {
  const states = [...joined].filter(([, entry]) => entry.kind === 'state').map(([name]) => name)
  return {
    heads: new Set(states.map((name) => name.slice(0, NAME_MIN))),
    tails: new Set(states.map((name) => name.slice(-NAME_MIN))),
  }
}

/** Names at the beginning or the end of a tag without capitals: `#oregonvotes`, `#auditarizona`. */
function fromEdges(gazetteer: Gazetteer, edges: Edges, lower: string): NameEntry | null {
  if (!edges.heads.has(lower.slice(0, NAME_MIN)) && !edges.tails.has(lower.slice(-NAME_MIN))) return null
  for (let length = Math.min(NAME_MAX, lower.length); length >= NAME_MIN; length--) {
    const head = gazetteer.joined.get(lower.slice(0, length))
    if (head?.kind === 'state' && (length > NAME_MIN || TAG_ENDINGS.has(lower.slice(length)))) return head
    const tail = gazetteer.joined.get(lower.slice(-length))
    if (tail?.kind === 'state' && length > NAME_MIN + 1) return tail
  }
  return null
}

/** The first name that up to three parts side by side make. */
function fromParts(gazetteer: Gazetteer, parts: readonly string[]): NameEntry | null {
  for (let i = 0; i < parts.length; i++) {
    for (let to = Math.min(i + 3, parts.length); to > i; to--) {
      const joined = parts.slice(i, to).join('')
      const entry = joined.length < NAME_MIN ? undefined : gazetteer.joined.get(joined)
      // `#DallasJones` is a person.
      if (entry !== undefined && (entry.kind !== 'city' || entry.trust === 'known')) return entry
    }
  }
  return null
}

function findInTag(gazetteer: Gazetteer, edges: Edges, raw: string): NameEntry | null {
  const lower = raw.toLowerCase()
  const entry = gazetteer.joined.get(lower) ?? fromCode(raw) ?? fromSuffix(gazetteer, raw)
  if (entry !== null) return entry
  const city = gazetteer.cityTags.get(lower)
  if (city?.kind === 'city' && city.trust === 'with-state') return city
  const parts = tagParts(raw).map((part) => part.toLowerCase())
  return fromParts(gazetteer, parts) ?? (parts.length <= 1 ? fromEdges(gazetteer, edges, lower) : null)
}

export type ReadTag = (raw: string) => NameEntry | null

/** Hashtags kept with what they name; a night has some 30,000, and most posts use the same few. */
const CACHE_MAX = 40_000

/** Gives the place that a hashtag names, or null. */
export function createTagReader(gazetteer: Gazetteer): ReadTag {
  const edges = edgesOf(gazetteer)
  const cache = new Map<string, NameEntry | null>()
  return function readTag(raw) {
    const known = cache.get(raw)
    if (known !== undefined) return known
    const entry = findInTag(gazetteer, edges, raw)
    if (cache.size >= CACHE_MAX) cache.clear()
    cache.set(raw, entry)
    return entry
  }
}
