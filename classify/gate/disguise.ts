/**
 * Words in disguise: digits and signs for letters (`r1gged`, `$tolen`), letters drawn out (`riggged`), letters with
 * something between (`v o t e s`). Looked at only where the gate saw a sign of it, so it may take longer.
 */
import { END, HALF, INVISIBLE, LETTERS, pairLetter } from './letters.ts'
import { find, HASH_START, HEAD_LETTERS, headOf, step, WHOLE, type Words } from './words.ts'

/** Letters that are looked at: longer than any hashtag of sense, and the time is bounded by it. */
const LETTERS_MAX = 60

const letters = new Uint8Array(LETTERS_MAX)

/** What stands for a letter, twice: `1`, `!` and `|` may be an i or an l. */
const WRITTEN_FOR = ['o0 i1 e3 a4 s5 t7 b8 g9 a@ s$ i! l| t+', 'o0 l1 e3 a4 s5 t7 b8 g9 a@ s$ l! i| t+'].map(
  (pairs) => {
    const codes = new Uint8Array(128)
    for (const pair of pairs.split(' ')) codes[pair.charCodeAt(1)] = pair.charCodeAt(0)
    return codes
  },
)

const SIGNS = Uint8Array.from({ length: 128 }, (_, code) =>
  WRITTEN_FOR[0]![code] !== 0 && (code < 48 || code > 57) ? 1 : 0,
)

/** Whether a character that ends a word may stand for a letter. */
export function isSign(code: number): boolean {
  return code < 128 && SIGNS[code] === 1
}

/** A form for looking up in which letters that are drawn out are as others: `rigged` and `riggged` are `riged`. */
export function collapsed(word: string): string {
  return word.replace(/(.)\1+/g, '$1')
}

/** Entries in disguise between two places of a text. `words` holds collapsed entries. */
export function disguisedKinds(words: Words, text: string, from: number, to: number): number {
  let seen = 0
  for (const codes of WRITTEN_FOR) {
    const count = read(text, from, to, codes)
    for (let start = 0; start < count; start++) seen |= kindsFrom(words, start, count)
  }
  return seen
}

/** Reads letters into `letters`; gives their number. */
function read(text: string, from: number, to: number, codes: Uint8Array): number {
  let count = 0
  let last = 0
  for (let i = from; i < to && count < LETTERS_MAX; i++) {
    const code = text.charCodeAt(i)
    let letter = LETTERS[code]!
    if (letter === HALF) letter = pairLetter(code, text.charCodeAt(i + 1))
    if (letter === INVISIBLE) continue
    if (letter === END && !isSign(code)) continue
    letter = codes[letter === END ? code : letter] || letter
    if (letter !== last) letters[count++] = letter
    last = letter
  }
  return count
}

/** An entry of three letters counts at the beginning only: within words it would be found by chance. */
function kindsFrom(words: Words, start: number, count: number): number {
  if (start + HEAD_LETTERS > count) return 0
  let seen = 0
  let hash = HASH_START
  let head = 0
  let i = start
  for (; i < start + HEAD_LETTERS; i++) {
    hash = step(hash, letters[i]!)
    head = headOf(head, letters[i]!)
  }
  const end = Math.min(count, start + words.heads[head]!)
  if (start === 0 && end > 0) seen |= find(words, hash)
  for (; i < end; i++) {
    hash = step(hash, letters[i]!)
    seen |= find(words, hash)
  }
  return seen & WHOLE
}
