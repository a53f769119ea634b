/**
 * The word pieces of a text, as transformers.js' tokenizer gives them. What a word is made of depends on the word alone,
 * so the tokenizer is asked once for each: letter by letter it takes a tenth of a millisecond for a text.
 */
import type { Tokenizer } from '@huggingface/tokenizers'

/** Word pieces read: about 1,000 characters; nine in ten posts have fewer than 80. */
const PIECES_MAX = 256

/** Words whose pieces are kept, some 4 MB: a night has about 50,000 spellings, half of them once. */
const WORDS_MAX = 40_000
/** Longer ones are hardly ever seen again. */
const KEPT_LENGTH_MAX = 40

/** Between spaces: characters of ASCII that are seen, which BERT's tokenizer parts into words and single signs. */
const SEEN_ASCII = /^[!-~]*$/
const WORD_OR_SIGN = /[a-z0-9]+|[^a-z0-9]/g

/** The beginning of `[MASK]` and its like, which the tokenizer finds anywhere. */
const SPECIAL = '['

/** Gives the pieces of a text, PIECES_MAX of them at most, with the marks of its beginning and end. */
export function createPieces(tokenizer: Tokenizer): (text: string) => BigInt64Array {
  const kept = new Map<string, readonly bigint[]>()
  const [begin, end] = tokenizer.encode('').ids.map(BigInt) as [bigint, bigint]

  function ask(text: string): readonly bigint[] {
    return tokenizer.encode(text, { add_special_tokens: false }).ids.map(BigInt)
  }

  function piecesOf(word: string): readonly bigint[] {
    const known = kept.get(word)
    if (known !== undefined) return known
    const pieces = ask(word)
    if (word.length > KEPT_LENGTH_MAX) return pieces
    if (kept.size >= WORDS_MAX) kept.clear()
    kept.set(word, pieces)
    return pieces
  }

  function addPieces(text: string, into: bigint[]): void {
    for (const part of text.split(' ')) {
      const words = SEEN_ASCII.test(part) ? (part.toLowerCase().match(WORD_OR_SIGN) ?? []) : [part]
      for (const word of words) for (const piece of piecesOf(word)) into.push(piece)
      if (into.length >= PIECES_MAX) return
    }
  }

  return function pieces(text) {
    const all = [begin]
    if (text.includes(SPECIAL)) for (const piece of ask(text)) all.push(piece)
    else addPieces(text, all)
    all.length = Math.min(all.length, PIECES_MAX - 1)
    all.push(end)
    return BigInt64Array.from(all)
  }
}
