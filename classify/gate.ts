/**
 * The first stage of the cascade: is a post about an election, and might it carry a narrative? One pass over the
 * characters, no allocation: prefixes of a word whose first three letters begin an entry are looked up in a small hash
 * table of the lexicon. Accents, look-alike letters and what nobody sees are undone letter by letter; where a word
 * shows another disguise it is read a second time (gate/disguise.ts).
 */
import { collapsed, disguisedKinds, isSign } from './gate/disguise.ts'
import { END, HALF, INVISIBLE, LETTERS, pairLetter } from './gate/letters.ts'
import * as kinds from './gate/words.ts'
import {
  createWords,
  find,
  HASH_START,
  HEAD_LETTERS,
  headOf,
  openKinds,
  step,
  WHOLE,
  type Words,
} from './gate/words.ts'
import { ALONE, ELECTION, EQUIPMENT, HOUSEHOLD, POLITICS, TROUBLE } from './lexicon.ts'
import { READ_MAX } from './model/normalize.ts'

export interface GateVerdict {
  /** Holds a word of an election: counted in the exposure. */
  election: boolean
  /** Might carry a narrative: the model is asked. */
  candidate: boolean
}

export type Gate = (text: string) => Readonly<GateVerdict>

/** All that it can say, each in one object for all posts. By {@link gateBits}. */
export const GATE_VERDICTS: readonly Readonly<GateVerdict>[] = [
  { election: false, candidate: false },
  { election: true, candidate: false },
  { election: false, candidate: true },
  { election: true, candidate: true },
]

/** A verdict as a number from 0 to 3. */
export function gateBits({ election, candidate }: Readonly<GateVerdict>): number {
  return Number(election) | (Number(candidate) << 1)
}

const LEXICON = [
  [kinds.ELECTION | kinds.ALONE, ELECTION],
  [kinds.POLITICS, POLITICS],
  [kinds.TROUBLE, TROUBLE],
  [kinds.EQUIPMENT, EQUIPMENT],
  [kinds.ALONE, ALONE],
  [kinds.HOUSEHOLD, HOUSEHOLD],
] as const

/** Characters of a hashtag, or a long word, in which words are looked for at every position: `#theystoletheelection`. */
const TAG_MAX = 40

/** From this many letters on a word may be several, run together; few words are longer. */
const LONG_WORD = 14

/** Single letters in a row that may be a word: `v o t e`, but not `U.S.A.`. */
const SPACED_MIN = 4

/** Letter or digit in lower case of ASCII, END or INVISIBLE, for what stands at a place of a text. */
function letterAt(text: string, i: number): number {
  const code = text.charCodeAt(i)
  const letter = LETTERS[code]!
  return letter === HALF ? pairLetter(code, text.charCodeAt(i + 1)) : letter
}

/** Entries of four letters and more that begin at `from`; those of three are found by chance within a hashtag. */
function scanFrom(words: Words, text: string, from: number, end: number, longest: number): number {
  let seen = 0
  let hash = HASH_START
  let length = 0
  for (let i = from; i < end && length < longest; i++) {
    const letter = letterAt(text, i)
    if (letter === END) break
    if (letter === INVISIBLE) continue
    hash = step(hash, letter)
    if (++length > HEAD_LETTERS) seen |= find(words, hash)
  }
  return seen & WHOLE
}

/** Entries anywhere in a hashtag or a long word: looked up where the last three letters begin one. */
function scanTag(words: Words, text: string, start: number): number {
  const end = Math.min(text.length, start + TAG_MAX)
  let seen = 0
  let head = 0
  let third = start
  let second = start
  for (let i = start; i < end; i++) {
    const letter = letterAt(text, i)
    if (letter === END) break
    if (letter === INVISIBLE) continue
    head = headOf(head, letter)
    const longest = words.heads[head]!
    if (longest > HEAD_LETTERS) seen |= scanFrom(words, text, third, end, longest)
    third = second
    second = i
  }
  return seen
}

/** A word with a sign for a letter, `st@len`: it goes on over the sign, in both directions. */
function scanSigns(words: Words, text: string, sign: number): number {
  let from = sign
  let to = sign + 1
  while (from > 0 && sign - from < TAG_MAX && isWritten(text, from - 1)) from--
  while (to < text.length && to - sign < TAG_MAX && isWritten(text, to)) to++
  return disguisedKinds(words, text, from, to)
}

function isWritten(text: string, i: number): boolean {
  return letterAt(text, i) !== END || isSign(text.charCodeAt(i))
}

function endOfAddress(text: string, from: number, end: number): number {
  let i = from
  while (i < end && text.charCodeAt(i) > 32) i++
  return i - 1
}

/** Builds the gate. It is a pure function of the text and reads at most READ_MAX characters. */
export function createGate(): Gate {
  const words = createWords(LEXICON)
  const bare = createWords(LEXICON, collapsed)

  function scan(text: string): number {
    const end = Math.min(text.length, READ_MAX)
    let seen = 0
    let singles = 0
    let firstSingle = 0
    /** What the word before holds, where only a space or a hyphen parts the two. */
    let before = 0
    let i = 0
    while (i < end) {
      const start = i
      let word = 0
      let length = 0
      let hash = HASH_START
      let head = 0
      let longest = HEAD_LETTERS
      let last = 0
      /** Letters in a row that are as the last one. */
      let alike = 0
      let disguised = false
      let code = 32
      for (; i < end; i++) {
        code = text.charCodeAt(i)
        let letter = LETTERS[code]!
        if (letter <= HALF) {
          if (letter === INVISIBLE) continue
          if (letter === HALF) letter = pairLetter(code, text.charCodeAt(i + 1))
          if (letter === END) break
        }
        if (letter === last) {
          if (++alike === 2) disguised = true
        } else {
          // A digit before a letter.
          if (last < 58 && letter > 96 && length > 0) disguised = true
          alike = 0
          last = letter
        }
        if (++length > longest) continue
        hash = step(hash, letter)
        if (length > HEAD_LETTERS) word |= openKinds(find(words, hash))
        else {
          head = headOf(head, letter)
          if (length === HEAD_LETTERS) {
            longest = words.heads[head]!
            if (longest > 0) word |= openKinds(find(words, hash))
          }
        }
      }
      if (length > 0) {
        if (length >= HEAD_LETTERS && length <= longest) word |= find(words, hash) & WHOLE
        if ((before & kinds.HOUSEHOLD) !== 0) word &= ~kinds.EQUIPMENT
        seen |= word
        if (disguised) seen |= disguisedKinds(bare, text, start, i)
        if (length >= LONG_WORD) seen |= scanTag(words, text, start)
        if (length === 1) {
          if (singles++ === 0) firstSingle = start
        } else {
          if (singles >= SPACED_MIN) seen |= disguisedKinds(bare, text, firstSingle, start)
          singles = 0
        }
      }
      before = code === 32 || code === 45 ? word : 0
      // What ended the word.
      if (code === 35 || code === 0xff03) seen |= scanTag(words, text, i + 1)
      else if (code === 58 && text.charCodeAt(i + 1) === 47) i = endOfAddress(text, i, end)
      else if (isSign(code) && i + 1 < end && letterAt(text, i + 1) > HALF) seen |= scanSigns(bare, text, i)
      i++
    }
    return singles >= SPACED_MIN ? seen | disguisedKinds(bare, text, firstSingle, end) : seen
  }

  return function gate(text) {
    const seen = scan(text)
    const election = (seen & (kinds.ELECTION | kinds.POLITICS)) !== 0
    // Any two of them: what is left without the last one is not 0.
    const parts = seen & (kinds.POLITICS | kinds.EQUIPMENT | kinds.TROUBLE)
    const candidate = (seen & kinds.ALONE) !== 0 || (parts & (parts - 1)) !== 0
    return GATE_VERDICTS[gateBits({ election, candidate })]!
  }
}
