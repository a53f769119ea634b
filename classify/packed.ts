/**
 * What is known of a text that carries a narrative, as one short string: half of what it takes as objects, and one thing for
 * the collector to look at instead of ten. Scores are kept as the store keeps them, to four decimals.
 */
import { NARRATIVES, STANCES, type Narrative, type Stance, type Verdict } from './contract.ts'
import type { Original } from './judge.ts'

type Packed = [
  language: string,
  textKey: string,
  sketch: string,
  election: boolean,
  flagged: boolean,
  score: number,
  narratives: readonly number[],
  narrativeScores: readonly (number | null)[],
  stance: number,
  stanceScores: readonly (number | null)[],
  words: string[],
  places: string[],
  model: string,
]

const UNIT = 10_000

export function pack({ verdict, language, textKey, sketch }: Original): string {
  const packed: Packed = [
    language,
    textKey,
    sketch,
    verdict.election,
    verdict.flagged,
    Math.round(verdict.score * UNIT),
    verdict.narratives.map((narrative) => NARRATIVES.indexOf(narrative)),
    packScores(NARRATIVES, verdict.narrativeScores),
    STANCES.indexOf(verdict.stance),
    packScores(STANCES, verdict.stanceScores),
    verdict.words,
    verdict.places,
    verdict.model,
  ]
  return JSON.stringify(packed)
}

export function unpack(text: string): Original {
  const [
    language,
    textKey,
    sketch,
    election,
    flagged,
    score,
    narratives,
    ofNarratives,
    stance,
    ofStances,
    ...rest
  ] = JSON.parse(text) as Packed
  const [words, places, model] = rest
  const verdict: Verdict = {
    election,
    flagged,
    score: score / UNIT,
    narratives: narratives.map((at) => NARRATIVES[at]!),
    narrativeScores: unpackScores<Narrative>(NARRATIVES, ofNarratives),
    stance: STANCES[stance]!,
    stanceScores: unpackScores<Stance>(STANCES, ofStances),
    words,
    places,
    model,
  }
  return { verdict, language, textKey, sketch }
}

/** Null where there is none. */
function packScores<T extends string>(
  names: readonly T[],
  scores: Readonly<Partial<Record<T, number>>>,
): (number | null)[] {
  return names.map((name) => (scores[name] === undefined ? null : Math.round(scores[name] * UNIT)))
}

function unpackScores<T extends string>(
  names: readonly T[],
  packed: readonly (number | null)[],
): Record<T, number> {
  const scores: Partial<Record<T, number>> = {}
  for (const [at, name] of names.entries()) {
    const score = packed[at] ?? null
    if (score !== null) scores[name] = score / UNIT
  }
  return scores as Record<T, number>
}
