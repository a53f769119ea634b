/** The words that drove a verdict, by the model's own weights. */
import { type Narrative, NARRATIVES, type Stance, STANCES } from '../contract.ts'
import type { Scorer } from './score.ts'
import { FIRST_NARRATIVE, FIRST_STANCE } from './weights.ts'

/** Words shown at most. */
const WORDS_MAX = 8

/** A word is shown when it weighs at least this part of what the strongest one weighs. */
const STRONG_PART = 0.2

const EDGE = /^['/-]+|['/-]+$/g

/**
 * The words that weigh most for the narrative and the stance, and for the flag where the post is flagged. Strongest
 * first, as they stand in the cleaned text.
 */
export function explain(
  scorer: Scorer,
  cleaned: string,
  verdict: { flagged: boolean; narrative: Narrative; stance: Stance },
): string[] {
  const outputs = [
    FIRST_NARRATIVE + NARRATIVES.indexOf(verdict.narrative),
    FIRST_STANCE + STANCES.indexOf(verdict.stance),
  ]
  if (verdict.flagged) outputs.push(0)
  const { tokens, weights } = scorer.weigh(cleaned, outputs)
  const byWord = new Map<string, number>()
  tokens.forEach((token, i) => byWord.set(token, (byWord.get(token) ?? 0) + weights[i]!))
  const ranked = [...byWord].filter(([, weight]) => weight > 0).sort((a, b) => b[1] - a[1])
  const least = (ranked[0]?.[1] ?? 0) * STRONG_PART
  return ranked
    .filter(([, weight]) => weight >= least)
    .slice(0, WORDS_MAX)
    .map(([token]) => token.replace(EDGE, ''))
    .filter((word) => word !== '')
}
