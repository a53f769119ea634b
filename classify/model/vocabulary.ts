/** The encoder's own word list: which spellings are words, and how common they are. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ELECTION, POLITICS } from '../lexicon.ts'

/** Ranks of whole words, the most common first: WordPiece vocabularies are written in that order. */
export type Vocabulary = ReadonlyMap<string, number>

const tokenizerSchema = z.object({ model: z.object({ vocab: z.record(z.string(), z.number().int()) }) })

/** Where the encoder's tokenizer lies. */
export const TOKENIZER_FILE = new URL('./encoder/tokenizer.json', import.meta.url)

/** What the list lacks, and posts about a count are full of. Ranked behind everything in the list. */
const FIELD_WORDS =
  'ballot ballots scanner scanners tabulator tabulators tabulate sharpie sharpies dominion smartmatic touchscreen precinct precincts recount recounts absentee provisional maricopa voter voters pollworker printer printers glitch glitches rigged jammed tossed shredded dumped hacked flipped stolen uncounted discarded invalid fraud fraudulent didnt dont doesnt isnt wasnt wont cant arent havent landslide fetterman brexit covid kavanaugh obamacare fakenews election elections newsom pelosi mcconnell giuliani barr fauci antifa qanon'.split(
    ' ',
  )

/** Whole words of two letters and more, with `a` and `i`. Throws where the file is missing or no tokenizer. */
export function loadVocabulary(file: URL = TOKENIZER_FILE): Vocabulary {
  const { model } = tokenizerSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const words = Object.entries(model.vocab)
    .filter(([word]) => /^(?:[a-z]{2,}|[ai])$/.test(word))
    .sort((a, b) => a[1] - b[1])
  const ranks = new Map(words.map(([word], rank) => [word, rank]))
  const names = [...ELECTION, ...POLITICS]
    .filter((word) => /^[a-z]{4,7}\*?$/.test(word))
    .map((word) => word.replace('*', ''))
  for (const word of [...FIELD_WORDS, ...names]) if (!ranks.has(word)) ranks.set(word, words.length)
  return ranks
}
