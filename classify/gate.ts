/**
 * The first stage of the cascade: is a post about an election, and might it carry a narrative? One pass over the
 * characters, no allocation: every prefix of every word is looked up in a small hash table of the lexicon.
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

interface Table {
  keys: Int32Array
  masks: Uint8Array
}

function insert(table: Table, word: string, bits: number): void {
  let hash = HASH_START
  for (let i = 0; i < word.length; i++) hash = step(hash, word.charCodeAt(i))
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

/** Lower-case letter or digit for a character code, 0 for what ends a word, -1 for what nobody sees. */
function letterOf(code: number): number {
  if (code < 128) {
    if (code >= 97 && code <= 122) return code
    if (code >= 65 && code <= 90) return code + 32
    return code >= 48 && code <= 57 ? code : 0
  }
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

function scanTag(table: Table, text: string, start: number): number {
  let seen = 0
  const end = Math.min(text.length, start + TAG_MAX)
  for (let from = start; from < end; from++) {
    let hash = HASH_START
    for (let i = from; i < end; i++) {
      const letter = letterOf(text.charCodeAt(i))
      if (letter === 0) {
        if (i === from) return seen
        break
      }
      if (letter < 0) continue
      hash = step(hash, letter)
      if (i - from >= 3) seen |= find(table, hash)
    }
  }
  return seen
}

function scan(table: Table, text: string): number {
  const end = Math.min(text.length, READ_MAX)
  let seen = 0
  let hash = HASH_START
  let length = 0
  for (let i = 0; i <= end; i++) {
    const code = i < end ? text.charCodeAt(i) : 32
    const letter = letterOf(code)
    if (letter > 0) {
      hash = step(hash, letter)
      length++
      if (length >= 3) seen |= find(table, hash) >> 4
      continue
    }
    if (letter < 0) continue
    if (length > 0) {
      if (length >= 2) seen |= find(table, hash) & 15
      hash = HASH_START
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
  const table: Table = { keys: new Int32Array(SLOTS), masks: new Uint8Array(SLOTS) }
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
