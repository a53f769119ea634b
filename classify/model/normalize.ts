/** One form for what people write in many ways; every step is linear in the text's length. */
import { hash64 } from '../../ingest/base/hash.ts'

/**
 * Characters of a post that are read. The longest posts of the networks watched have 3,000 (Bluesky 300, X 280 to
 * 25,000 for payers); what a claim says stands at its beginning, and the bound keeps the time per post bounded.
 */
export const READ_MAX = 3_000

/** Zero-width characters, soft hyphens, variation selectors, bidirectional marks: seen by nobody, and so removed. */
const INVISIBLE =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|\u034f|\u17b4|\u17b5|[\ufe00-\ufe0f]/g

const BEYOND_ASCII = /[^\0-\x7f]/

const URL = /https?:\/*\S+|www\.\S+/gi
const MENTION = /@[\w.]+/g
const ENTITY = /&(amp|lt|gt|quot|apos|#39|nbsp);/g
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  '#39': "'",
  nbsp: ' ',
}

/**
 * The text as the model reads it: at most READ_MAX characters, without invisible characters, addresses and mentions;
 * compatibility forms (full-width, mathematical bold) and typographic quotes become plain ones. Case is kept.
 */
export function cleanText(text: string): string {
  let clean = text.length > READ_MAX ? text.slice(0, READ_MAX) : text
  if (BEYOND_ASCII.test(clean)) {
    clean = clean
      .replace(INVISIBLE, '')
      .normalize('NFKC')
      .replace(/[\u2018\u2019\u02bc\uff07`]/g, "'")
      .replace(/[\u201c\u201d\u00ab\u00bb\u201e]/g, '"')
    // Some compatibility characters become many (U+FDFA: 18), so the bound is kept again.
    if (clean.length > READ_MAX) clean = clean.slice(0, READ_MAX)
  }
  if (clean.includes('&')) clean = clean.replace(ENTITY, (_, name: string) => ENTITIES[name] ?? ' ')
  if (clean.includes('://') || clean.includes('www.') || clean.includes('http'))
    clean = clean.replace(URL, ' ')
  if (clean.includes('@')) clean = clean.replace(MENTION, ' ')
  return clean
}

const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{N}]+/gu

/**
 * What copies of one text share: lower case, without addresses, mentions, punctuation and runs of white space.
 * 64 bits as decimal digits; an empty text (a link alone) keeps its own key by its raw form.
 */
export function textKey(text: string): string {
  const bare = cleanText(text).toLowerCase().replace(NEITHER_LETTER_NOR_DIGIT, ' ').trim()
  return hash64(bare === '' ? `raw ${text.slice(0, READ_MAX)}` : bare)
}
