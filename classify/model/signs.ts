/** What plain.ts may have to undo in a text, seen in one pass: its expressions cost twenty times as much. */

/** Some letter may be none of ASCII's. */
export const FOREIGN = 1
/** Letters may stand with something between. */
export const SPACED = 2
export const SPACED_LETTERS = /(?<![\p{L}\p{N}])\p{L}(?:([ .\-_*·])\p{L}(?:\1\p{L})+)(?![\p{L}\p{N}])/gu
/** Digits or signs may stand for letters. */
export const LEET = 4
export const LEET_TOKEN =
  /[a-z0-9@$!|+]*(?:[a-z][0-9@$!|+]+[a-z]|[0-9@$|]+[a-z]{2}|[a-z]{2}[0-9@$]+)[a-z0-9@$!|+]*/gi
/** A letter stands three times in a row. */
export const DRAWN_OUT = 8
export const DRAWN_OUT_WORD = /([a-z])\1{2,}/i

const LETTER = 1
/** May stand for a letter before or after others. */
const DIGIT = 2
/** May stand for a letter before others: a `!` after a word is none. */
const MARK = 4
/** Stands for no letter: a token that holds one is no word. */
const NUMBER = 8
const SEPARATOR = 16

const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[a-z]/i.test(character)) return LETTER
  if (/[013-57-9@$]/.test(character)) return DIGIT
  if (/[!|+]/.test(character)) return MARK
  if (/[26]/.test(character)) return NUMBER
  return /[ .\-_*]/.test(character) ? SEPARATOR : 0
})

/** Punctuation, arrows, symbols and emoji, which no letter is among. */
function isSymbol(code: number): boolean {
  return (
    (code >= 0x2010 && code <= 0x205e) ||
    (code >= 0x2190 && code <= 0x2bff) ||
    (code >= 0xd83c && code <= 0xd83e) ||
    (code >= 0xdc00 && code <= 0xdfff)
  )
}

/** A superset of what is there: bits of FOREIGN, SPACED, LEET and DRAWN_OUT. */
export function signsOf(text: string): number {
  let signs = 0
  let before = 0
  let last = 0
  let alike = 0
  let alone = false
  /** Letters that stand alone, one separator from each other. */
  let singles = 0
  let mixed = false
  let numbers = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    let kind = 0
    if (code < 128) kind = KINDS[code]!
    else {
      if (mixed && !numbers) signs |= LEET
      mixed = false
      numbers = false
      if (code === 0xb7) kind = SEPARATOR
      else if (!isSymbol(code)) {
        signs |= FOREIGN
        kind = LETTER
      }
    }
    if (kind === LETTER) {
      if ((code | 32) === last) {
        if (++alike === 2) signs |= DRAWN_OUT
      } else {
        last = code | 32
        alike = 0
      }
      alone = before !== LETTER
      if (alone && before !== 0 && before !== SEPARATOR) mixed = true
    } else {
      last = 0
      singles = alone && before === LETTER ? singles + 1 : 0
      if (singles === 3) signs |= SPACED
      if (kind === 0 || kind === SEPARATOR) {
        if (mixed && !numbers) signs |= LEET
        mixed = false
        numbers = false
        if (kind === 0) singles = 0
      } else if (kind === NUMBER) numbers = true
      else if (kind === DIGIT && before === LETTER) mixed = true
    }
    before = kind
  }
  if (alone && before === LETTER && singles === 2) signs |= SPACED
  return mixed && !numbers ? signs | LEET : signs
}
