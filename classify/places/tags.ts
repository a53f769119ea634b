/** Places in hashtags: `#Georgia`, `#MaricopaCounty`, `#AZsenate`, `#NE02`, `#txlege`, `#TurnTexasBlue`. */
import { STATE_CODES } from '../../ingest/base/jurisdictions.ts'
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
  return TAG_ENDINGS.has(rest) ? stateEntry(code) : null
}

/** Names at the beginning or the end of a tag without capitals: `#oregonvotes`, `#auditarizona`. */
function fromEdges(gazetteer: Gazetteer, lower: string): NameEntry | null {
  for (let length = Math.min(NAME_MAX, lower.length); length >= NAME_MIN; length--) {
    const head = gazetteer.joined.get(lower.slice(0, length))
    if (head?.kind === 'state' && (length > NAME_MIN || TAG_ENDINGS.has(lower.slice(length)))) return head
    const tail = gazetteer.joined.get(lower.slice(-length))
    if (tail?.kind === 'state' && length > NAME_MIN + 1) return tail
  }
  return null
}

function findInTag(gazetteer: Gazetteer, raw: string): NameEntry | null {
  const whole = gazetteer.joined.get(raw.toLowerCase())
  if (whole !== undefined) return whole
  const code = fromCode(raw)
  if (code !== null) return code
  const parts = tagParts(raw)
  for (let i = 0; i < parts.length; i++) {
    for (let length = Math.min(3, parts.length - i); length >= 1; length--) {
      const joined = parts
        .slice(i, i + length)
        .join('')
        .toLowerCase()
      const entry = joined.length < NAME_MIN ? undefined : gazetteer.joined.get(joined)
      if (entry !== undefined) return entry
    }
  }
  return parts.length <= 1 ? fromEdges(gazetteer, raw.toLowerCase()) : null
}

export type ReadTag = (raw: string) => NameEntry | null

/** Hashtags kept with what they name; a night has some 30,000, and most posts use the same few. */
const CACHE_MAX = 20_000

/** Gives the place that a hashtag names, or null. */
export function createTagReader(gazetteer: Gazetteer): ReadTag {
  const cache = new Map<string, NameEntry | null>()
  return function readTag(raw) {
    const known = cache.get(raw)
    if (known !== undefined) return known
    const entry = findInTag(gazetteer, raw)
    if (cache.size >= CACHE_MAX) cache.clear()
    cache.set(raw, entry)
    return entry
  }
}
