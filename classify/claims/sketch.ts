/**
 * The sketch of a text: what near copies share. It depends on the text alone, so every worker makes the same one in any
 * order; claims come together from sketches when they are read (`group.ts`).
 *
 * MinHash (Broder, "On the resemblance and containment of documents", 1997) over groups of letters, of each hash the
 * lowest six bits (Li and König, "b-Bit minwise hashing", 2010), so that one hash is one character. npm's `minhash` has
 * not been kept for years, and this is what it does.
 */
import { cleanText } from '../model/normalize.ts'

/** Hashes of a sketch: the resemblance of two texts is known to ± .04 at worst. */
export const SKETCH_HASHES = 128

/** Letters that one step of a sketch's first character stands for; it tells up to 252. */
export const SIZE_STEP = 4

/** Letters of a group, spaces between words included: most of a word and its neighbour. */
const GROUP_LETTERS = 5

/** Characters that are read: copies differ little after them, and the time per post is bounded. */
const READ_MAX = 500

const NEITHER_LETTER_NOR_DIGIT = /[^\p{L}\p{N}]+/gu

/** Two hashtags or more in a row: whom a post calls, not what it says; alike in many posts that claim different things. */
const TAG_RUN = /(?:#[\p{L}\p{N}_]+[^\p{L}\p{N}_#]*){2,}/gu

/** The digits of a sketch, by value: those of base64url. */
export const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const BITS = 0b111111

/** Odd multipliers and offsets of the hashes, from a fixed start: the same in every process and version. */
const { multipliers, offsets } = constants(SKETCH_HASHES)

function constants(count: number) {
  let state = 0x9e3779b9
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    return mix(state)
  }
  return {
    multipliers: Int32Array.from({ length: count }, () => next() | 1),
    offsets: Int32Array.from({ length: count }, next),
  }
}

/** MurmurHash3's last step: every bit of the input changes half of the output's. */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/**
 * A digit for the length and one for each hash, in base64url; empty for a text without words (a link alone), which
 * resembles nothing. Links, mentions, case, punctuation, emoji, the marks of hashtags, runs of hashtags and a leading
 * `RT` make no difference.
 */
export function sketchOf(text: string): string {
  const words = wordsOf(text)
  if (words === '') return ''
  const groups = groupsOf(` ${words} `)
  let sketch = DIGITS[Math.min(BITS, Math.floor(words.length / SIZE_STEP))]!
  for (let i = 0; i < SKETCH_HASHES; i++) sketch += DIGITS[lowest(groups, i) & BITS]
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

function lowest(groups: Int32Array, i: number): number {
  const [multiplier, offset] = [multipliers[i]!, offsets[i]!]
  let low = 0xffffffff
  for (let at = 0; at < groups.length; at++) {
    const hash = Math.imul(groups[at]! ^ offset, multiplier) >>> 0
    if (hash < low) low = hash
  }
  return low
}
