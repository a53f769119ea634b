/**
 * Sentences from patterns. `{name}` is a slot, filled from the bound words or from the grammar's list of that name;
 * `{this|that|}` is one of the words between the bars. Fillings may hold slots themselves.
 */
import type { Random } from './random.ts'

export type Grammar = Readonly<Record<string, readonly string[]>>

/** Fillings inside fillings; a pattern that needs more refers to itself. */
const DEPTH_MAX = 6

/** Throws RangeError for a slot that neither `bound` nor `grammar` fills, and for a pattern that never ends. */
export function compose(
  pattern: string,
  grammar: Grammar,
  random: Random,
  bound: Readonly<Record<string, string>> = {},
): string {
  let text = pattern
  for (let depth = 0; text.includes('{'); depth++) {
    if (depth > DEPTH_MAX) throw new RangeError(`the pattern never ends: ${pattern}`)
    text = text.replace(/\{([^{}]*)\}/g, (_, slot: string) => {
      if (slot.includes('|')) return random.pick(slot.split('|'))
      const word = bound[slot]
      if (word !== undefined) return word
      const fillings = grammar[slot]
      if (fillings === undefined) throw new RangeError(`nothing fills {${slot}} in: ${pattern}`)
      return random.pick(fillings)
    })
  }
  return tidy(text)
}

/** One space between words, none before a mark, a capital at the start of each sentence. */
function tidy(text: string): string {
  const spaced = text
    .replace(/\s+/g, ' ')
    .replace(/ ([.,!?;:])/g, '$1')
    .trim()
  return spaced.replace(
    /(^|[.!?] )(\p{Ll})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  )
}
