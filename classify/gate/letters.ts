/** What a character counts as in the gate: a letter, the end of a word, or nothing at all. */
import { lookAlike } from '../model/look-alikes.ts'

/** Ends a word. */
export const END = 0
/** Seen by nobody: zero-width characters, soft hyphens, marks above and below letters. */
export const INVISIBLE = 1
/** The first half of a pair that may be a letter: see `pairLetter`. */
export const HALF = 2

/** Blocks with letters that are, or look like, Latin ones: Latin to Cyrillic, more Latin and Greek, letter-like signs,
 * circled letters, Latin Extended-C to Coptic, Cyrillic and Latin Extended-D, full-width forms. */
const BLOCKS: readonly (readonly [number, number])[] = [
  [0x80, 0x587],
  [0x13a0, 0x13ff],
  [0x1d00, 0x1fff],
  [0x2071, 0x209c],
  [0x2100, 0x217f],
  [0x24b6, 0x24e9],
  [0x2c60, 0x2cff],
  [0xa4d0, 0xa4ff],
  [0xa640, 0xa7ff],
  [0xff10, 0xff5a],
]

const UNSEEN: readonly (readonly [number, number])[] = [
  [0xad, 0xad],
  [0x300, 0x36f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
]

/** First half of mathematical letters and digits: U+1D400 to U+1D7FF. */
const MATHEMATICAL = 0xd835
/** First half of squared and circled letters (U+1F110 to U+1F189), and of many emoji. */
const ENCLOSED = 0xd83c

/** The code of the lower-case letter or digit that a character is written for, or END. */
function foldCharacter(character: string): number {
  const bare = character.normalize('NFKD').replace(/[\p{M}()]/gu, '')
  const folded = (/^[\0-\x7f]$/.test(bare) ? bare : lookAlike(bare)).toLowerCase()
  return /^[a-z0-9]$/.test(folded) ? folded.charCodeAt(0) : END
}

function foldAll(): Uint8Array {
  const codes = new Uint8Array(0x10000)
  for (let code = 0; code < 0x80; code++) {
    const letter = String.fromCharCode(code).toLowerCase()
    if (/[a-z0-9]/.test(letter)) codes[code] = letter.charCodeAt(0)
  }
  for (const [from, to] of BLOCKS)
    for (let code = from; code <= to; code++) codes[code] = foldCharacter(String.fromCharCode(code))
  for (const [from, to] of UNSEEN) codes.fill(INVISIBLE, from, to + 1)
  // Second halves say nothing more: whoever reads a first half looks at both.
  codes.fill(INVISIBLE, 0xdc00, 0xe000)
  codes[MATHEMATICAL] = HALF
  codes[ENCLOSED] = HALF
  return codes
}

/** Every second half of MATHEMATICAL, from U+1D400 on. */
const MATHEMATICAL_LETTERS = Uint8Array.from({ length: 0x400 }, (_, low) =>
  foldCharacter(String.fromCodePoint(0x1d400 + low)),
)

/** Four alphabets of 26, each 32 characters from the next; the second half of the first letter is 0xdd10. */
function enclosedLetter(low: number): number {
  const place = low - 0xdd10
  return place >= 0 && place < 4 * 32 && place % 32 < 26 ? 97 + (place % 32) : END
}

/** By UTF-16 code unit: a lower-case letter or digit of ASCII, END, INVISIBLE or HALF. */
export const LETTERS = foldAll()

/** The letter that two halves are written for, or END. */
export function pairLetter(high: number, low: number): number {
  if (low < 0xdc00 || low > 0xdfff) return END
  return high === MATHEMATICAL ? MATHEMATICAL_LETTERS[low & 0x3ff]! : enclosedLetter(low)
}
