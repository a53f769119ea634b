/** Verdicts as they cross from a thread to another: to clone their objects took longer than the fast model does. */
import { NARRATIVES, STANCES, type Verdict } from '../contract.ts'
import { holding, narrativeRecord, stanceRecord } from './decide.ts'

export interface PackedVerdicts {
  /** Of each verdict what is yes or no, the places of its model and its stance, and all probabilities in 10,000ths. */
  numbers: Uint16Array
  /** A line of each verdict: its words, a bar, its places; empty where it has neither. */
  lines: string
  /** Names of the models that gave them. */
  models: readonly string[]
}

const MODEL = 1
const STANCE = 2
const SCORE = 3
const FIRST_NARRATIVE = 4
const FIRST_STANCE = FIRST_NARRATIVE + NARRATIVES.length
const NUMBERS = FIRST_STANCE + STANCES.length

const ELECTION = 1
const FLAGGED = 2

/** A probability of a verdict has four decimals (`rounded` in decide.ts), so that none is changed. */
const PARTS = 10_000

/** Which narratives hold is not said: their scores say it. */
export function packVerdicts(verdicts: readonly Verdict[]): PackedVerdicts {
  const numbers = new Uint16Array(NUMBERS * verdicts.length)
  const models: string[] = []
  const lines: string[] = []
  let at = 0
  for (const verdict of verdicts) {
    const { election, flagged, score, stance, words, places, model, narrativeScores, stanceScores } = verdict
    if (!models.includes(model)) models.push(model)
    numbers[at] = (election ? ELECTION : 0) | (flagged ? FLAGGED : 0)
    numbers[at + MODEL] = models.indexOf(model)
    numbers[at + STANCE] = STANCES.indexOf(stance)
    numbers[at + SCORE] = Math.round(score * PARTS)
    let next = at + FIRST_NARRATIVE
    for (const name of NARRATIVES) numbers[next++] = Math.round(narrativeScores[name] * PARTS)
    for (const name of STANCES) numbers[next++] = Math.round(stanceScores[name] * PARTS)
    lines.push(words.length + places.length === 0 ? '' : `${words.join(' ')}|${places.join(' ')}`)
    at += NUMBERS
  }
  return { numbers, lines: lines.join('\n'), models }
}

/** The verdicts that were packed, in their order. */
export function unpackVerdicts({ numbers, lines, models }: PackedVerdicts): Verdict[] {
  const said = lines.split('\n')
  const verdicts: Verdict[] = []
  for (let at = 0; at < numbers.length; at += NUMBERS) {
    const narrativeScores = probabilities(numbers, at + FIRST_NARRATIVE, NARRATIVES.length)
    const line = said[verdicts.length]!
    const bar = line.indexOf('|')
    verdicts.push({
      election: (numbers[at]! & ELECTION) !== 0,
      flagged: (numbers[at]! & FLAGGED) !== 0,
      score: numbers[at + SCORE]! / PARTS,
      narratives: holding(narrativeScores),
      narrativeScores: narrativeRecord(narrativeScores),
      stance: STANCES[numbers[at + STANCE]!]!,
      stanceScores: stanceRecord(probabilities(numbers, at + FIRST_STANCE, STANCES.length)),
      words: listOf(line, 0, bar),
      places: listOf(line, bar + 1, line.length),
      model: models[numbers[at + MODEL]!]!,
    })
  }
  return verdicts
}

function probabilities(numbers: Uint16Array, from: number, count: number): number[] {
  const some: number[] = []
  for (let i = from; i < from + count; i++) some.push(numbers[i]! / PARTS)
  return some
}

function listOf(line: string, from: number, to: number): string[] {
  return from >= to ? [] : line.slice(from, to).split(' ')
}
