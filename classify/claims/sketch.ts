/**
 * The sketch of a text: what near copies share. It depends on the text alone, so every worker makes the same one in any
 * order; claims come together from sketches when they are read (`group.ts`).
 *
 * MinHash (Broder, "On the resemblance and containment of documents", 1997) over groups of letters, in some rounds of one
 * permutation hashing with the empty bins filled (Shrivastava, "Optimal densification for fast and accurate minwise
 * hashing", 2017), and of each hash six bits (Li and König, "b-Bit minwise hashing", 2010), so that one hash is one
 * character. npm's `minhash` has not been kept for years.
 */
import { cleanText } from '../model/normalize.ts'

/** In each round every group of letters falls into one bin, and each bin keeps its lowest: a short text fills them too. */
const BINS = 16
const ROUNDS = 8

/** Hashes of a sketch: from them the resemblance of two texts is known to ± .05. */
export const SKETCH_HASHES = ROUNDS * BINS

/** Letters that one step of a sketch's first character stands for; it tells up to 252. */
export const SIZE_STEP = 4

/** Letters of a group, spaces between words included: most of a word and its neighbour. */
const GROUP_LETTERS = 5

/** Characters that are read: what a claim says stands at its beginning, and the time per post is bounded. */
const READ_MAX = 500

const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{N}]+/gu

/** Two hashtags or more in a row: whom a post calls, not what it says; alike in many posts that claim different things. */
const TAG_RUN = /(?:#[\p{L}\p{N}_]+[^\p{L}\p{N}_#]*){2,}/gu

/** The digits of a sketch, by value: those of base64url. */
export const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const BITS = 0b111111

/** MurmurHash3's last step: every bit of the input changes half of the output's. */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * A digit for the length and one for each hash, in base64url; empty for a text without words (a link alone), which
 * resembles nothing. Links, mentions, case, punctuation, emoji, the marks of hashtags, runs of hashtags and a leading
 * `RT` make no difference.
 */
export function sketchOf(text: string): string {
  const words = wordsOf(text)
  if (words === '') return ''
  let sketch = DIGITS[Math.min(BITS, Math.floor(words.length / SIZE_STEP))]!
  const groups = groupsOf(` ${words} `)
  for (let round = 1; round <= ROUNDS; round++) {
    for (const hash of fillEmpty(lowestOf(groups, round))) sketch += DIGITS[(hash >>> BIN_BITS) & BITS]
  }
  return sketch
}

/** A text that is nothing but hashtags keeps them. */
function wordsOf(text: string): string {
  const clean = cleanText(text).toLowerCase()
  return bare(clean.replace(TAG_RUN, ' ')) || bare(clean)
}

function bare(clean: string): string {
  return clean.replace(NEITHER_LETTER_NOR_DIGIT, ' ').trim().replace(/^rt /, '').slice(0, READ_MAX)
}

/** The hash of every group of letters, each mixed FNV-1a. */
function groupsOf(framed: string): Int32Array {
  const groups = new Int32Array(Math.max(1, framed.length - GROUP_LETTERS + 1))
  for (let from = 0; from < groups.length; from++) {
    let hash = 0x811c9dc5
    const to = Math.min(from + GROUP_LETTERS, framed.length)
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ framed.charCodeAt(i), 0x01000193)
    groups[from] = mix(hash)
  }
  return groups
}

const BIN_BITS = Math.log2(BINS)
const EMPTY = 0xffffffff

/** The first bits of a group's hash name its bin, the rest are compared. */
function lowestOf(groups: Int32Array, round: number): Uint32Array {
  const lowest = new Uint32Array(BINS).fill(EMPTY)
  const seed = mix(round)
  for (let at = 0; at < groups.length; at++) {
    const hash = mix(groups[at]! ^ seed)
    const bin = hash >>> (32 - BIN_BITS)
    const rest = (hash << BIN_BITS) >>> 0
    if (rest < lowest[bin]!) lowest[bin] = rest
  }
  return lowest
}

/** An empty bin takes the hash of another, by turns that are the same for all texts. */
function fillEmpty(lowest: Uint32Array): Uint32Array {
  return lowest.map((hash, bin) => {
    let found = hash
    for (let turn = 1; found === EMPTY; turn++) found = lowest[mix(turn * BINS + bin) >>> (32 - BIN_BITS)]!
    return found
  })
}
