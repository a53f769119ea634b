/**
 * The first stage of the cascade: is a post about an election, and might it carry a narrative? One pass over the
 * characters, no allocation: prefixes of a word whose first three letters begin an entry are looked up in a small hash
 * table of the lexicon.
 */
import { ELECTION, POLITICS, TROUBLE, MACHINE, type Entry } from './lexicon.ts'
import { READ_MAX } from './model/normalize.ts'

export interface GateVerdict {
  /** About an election: counted in the exposure. */
  election: boolean
  /** Might carry a narrative: the model is asked. */
  candidate: boolean
}

export type Gate = (text: string) => GateVerdict

const ELECTION_BIT = 1
const POLITICS_BIT = 2
const TROUBLE_BIT = 4
const MACHINE_BIT = 8

/** Slots of the table: over 20 times the entries, so that nearly every look-up ends at an empty slot. */
const SLOTS = 1 << 14

const HASH_START = 0x811c9dc5

/** One step of FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
function step(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193)
}

/** Letters by which most words are passed over; no entry is shorter. */
const HEAD_LETTERS = 3

/** Five bits of each letter. */
const HEADS = 1 << (5 * HEAD_LETTERS)

function headOf(head: number, letter: number): number {
  return ((head << 5) | (letter & 31)) & (HEADS - 1)
}

interface Table {
  keys: Int32Array
  masks: Uint8Array
  /** 1 for the first letters of an entry. */
  heads: Uint8Array
  /** Letters of the longest entry. */
  longest: number
}

function insert(table: Table, word: string, bits: number): void {
  let hash = HASH_START
  let head = 0
  for (let i = 0; i < word.length; i++) {
    hash = step(hash, word.charCodeAt(i))
    if (i < HEAD_LETTERS) head = headOf(head, word.charCodeAt(i))
  }
  table.heads[head] = 1
  table.longest = Math.max(table.longest, word.length)
  let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
  while (table.masks[slot] !== 0 && table.keys[slot] !== hash) slot = (slot + 1) & (SLOTS - 1)
  table.keys[slot] = hash
  table.masks[slot] = (table.masks[slot] ?? 0) | bits
}

function fill(table: Table, entries: readonly Entry[], bit: number): void {
  for (const entry of entries) {
    if (entry.endsWith('*')) insert(table, entry.slice(0, -1), bit | (bit << 4))
    else insert(table, entry, bit)
  }
}

function find(table: Table, hash: number): number {
  let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
  for (;;) {
    const mask = table.masks[slot] ?? 0
    if (mask === 0) return 0
    if (table.keys[slot] === hash) return mask
    slot = (slot + 1) & (SLOTS - 1)
  }
}

/** Lower-case letters and digits of ASCII as they are, 0 for the others. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code >= 65 && code <= 90) return code + 32
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) ? code : 0
})

/** Lower-case letter or digit for a character code, 0 for what ends a word, -1 for what nobody sees. */
function letterOf(code: number): number {
  return code < 128 ? PLAIN[code]! : letterBeyondAscii(code)
}

function letterBeyondAscii(code: number): number {
  // Full-width forms and invisible characters are what people hide words with.
  if (code >= 0xff21 && code <= 0xff3a) return code - 0xff21 + 97
  if (code >= 0xff41 && code <= 0xff5a) return code - 0xff41 + 97
  if (
    (code >= 0x200b && code <= 0x200f) ||
    code === 0xad ||
    code === 0xfeff ||
    (code >= 0x2060 && code <= 0x2064)
  )
    return -1
  return 0
}

/** Characters of a hashtag in which words are looked for at every position: `#theystoletheelection`. */
const TAG_MAX = 40

/** Entries that begin at `from`, of a hashtag that ends before `end` or with its letters. */
function scanFrom(table: Table, text: string, from: number, end: number): number {
  let seen = 0
  let hash = HASH_START
  let head = 0
  let length = 0
  for (let i = from; i < end && length < table.longest; i++) {
    const letter = letterOf(text.charCodeAt(i))
    if (letter === 0) break
    if (letter < 0) continue
    hash = step(hash, letter)
    length++
    if (length <= HEAD_LETTERS) head = headOf(head, letter)
    if (length === HEAD_LETTERS && table.heads[head] === 0) break
    // Of three letters only what nobody sees between them makes a word in a hashtag.
    if (i - from >= 3) seen |= find(table, hash)
  }
  return seen
}

function scanTag(table: Table, text: string, start: number): number {
  let seen = 0
  const end = Math.min(text.length, start + TAG_MAX)
  for (let from = start; from < end && letterOf(text.charCodeAt(from)) !== 0; from++)
    seen |= scanFrom(table, text, from, end)
  return seen
}

function scan(table: Table, text: string): number {
  const end = Math.min(text.length, READ_MAX)
  let seen = 0
  let hash = HASH_START
  let head = 0
  let length = 0
  for (let i = 0; i <= end; i++) {
    const code = i < end ? text.charCodeAt(i) : 32
    const letter = letterOf(code)
    if (letter > 0) {
      length++
      if (length <= HEAD_LETTERS) head = headOf(head, letter)
      else if (table.heads[head] === 0) continue
      hash = step(hash, letter)
      if (length >= HEAD_LETTERS) seen |= find(table, hash) >> 4
      continue
    }
    if (letter < 0) continue
    if (length > 0) {
      if (length >= HEAD_LETTERS && table.heads[head] === 1) seen |= find(table, hash) & 15
      hash = HASH_START
      head = 0
      length = 0
    }
    if (code === 35 || code === 0xff03) seen |= scanTag(table, text, i + 1) & 15
    else if (code === 58 && text.charCodeAt(i + 1) === 47) i = endOfAddress(text, i, end)
  }
  return seen
}

function endOfAddress(text: string, from: number, end: number): number {
  let i = from
  while (i < end && text.charCodeAt(i) > 32) i++
  return i - 1
}

/** Builds the gate. It is a pure function of the text and reads at most READ_MAX characters. */
export function createGate(): Gate {
  const table: Table = {
    keys: new Int32Array(SLOTS),
    masks: new Uint8Array(SLOTS),
    heads: new Uint8Array(HEADS),
    longest: 0,
  }
  fill(table, ELECTION, ELECTION_BIT)
  fill(table, POLITICS, POLITICS_BIT)
  fill(table, TROUBLE, TROUBLE_BIT)
  fill(table, MACHINE, MACHINE_BIT)
  return function gate(text) {
    const seen = scan(table, text)
    const election = (seen & (ELECTION_BIT | POLITICS_BIT)) !== 0
    const candidate = (seen & TROUBLE_BIT) !== 0 && (election || (seen & MACHINE_BIT) !== 0)
    return { election, candidate }
  }
}
