/** The linear model: raw outputs of a text's features, and the calibrated probabilities made of them. */
import { FLAGGED_NARRATIVES, NARRATIVES, STANCES } from '../contract.ts'
import { FIRST_NARRATIVE, FIRST_STANCE, OUTPUTS, type WeightsHeader } from './weights.ts'

export interface Probabilities {
  flag: number
  /** In the order of NARRATIVES; each by itself. */
  narratives: number[]
  /** In the order of STANCES; they add up to 1. */
  stances: number[]
}

export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** Probabilities proportional to exp(x). */
export function softmax(values: readonly number[]): number[] {
  let top = -Infinity
  for (const value of values) top = Math.max(top, value)
  let sum = 0
  const powers: number[] = []
  for (const value of values) {
    const power = Math.exp(value - top)
    powers.push(power)
    sum += power
  }
  for (let i = 0; i < powers.length; i++) powers[i]! /= sum
  return powers
}

/** Weight of each of a text's features, so that long and short texts have the same length as vectors. */
export function featureValue(size: number): number {
  return 1 / Math.sqrt(Math.max(size, 1))
}

/** Raw outputs: bias + value × Σ rows, in the order flag, narratives, stances. */
export function rawOutputs(
  rows: Float32Array,
  bias: ArrayLike<number>,
  ids: ArrayLike<number>,
  into: Float64Array,
): void {
  into.fill(0)
  for (let j = 0; j < ids.length; j++) {
    const row = ids[j]! * OUTPUTS
    for (let k = 0; k < OUTPUTS; k++) into[k]! += rows[row + k]!
  }
  const value = featureValue(ids.length)
  for (let k = 0; k < OUTPUTS; k++) into[k] = bias[k]! + value * into[k]!
}

/** Probabilities this near to 0 or 1 are clipped before their logit is taken. */
const LOGIT_CLIP = 1e-6

function logit(probability: number): number {
  const p = Math.min(1 - LOGIT_CLIP, Math.max(LOGIT_CLIP, probability))
  return Math.log(p / (1 - p))
}

const ASSERTS = STANCES.indexOf('asserts')
const FLAGGED_OUTPUTS = [...NARRATIVES.entries()]
  .filter(([, narrative]) => FLAGGED_NARRATIVES.has(narrative))
  .map(([i]) => FIRST_NARRATIVE + i)

/**
 * One number for "asserts a flagged narrative": the flag's own output plus the logit of P(asserts) × P(any flagged
 * narrative) by the other outputs. The two views err differently; together they are better than either.
 */
export function rawFlag(raw: ArrayLike<number>): number {
  let none = 1
  for (const at of FLAGGED_OUTPUTS) none *= 1 - logistic(raw[at] ?? 0)
  const stances = softmax(stancesOf(raw))
  return (raw[0] ?? 0) + logit((stances[ASSERTS] ?? 0) * (1 - none))
}

function stancesOf(raw: ArrayLike<number>): number[] {
  const stances: number[] = []
  for (let i = 0; i < STANCES.length; i++) stances.push(raw[FIRST_STANCE + i] ?? 0)
  return stances
}

/** Calibrated probabilities of raw outputs (Platt 1999 for flag and narratives; temperature and offsets for stance). */
export function calibrate(
  raw: ArrayLike<number>,
  by: Pick<WeightsHeader, 'flag' | 'narrativeLines' | 'stance'>,
): Probabilities {
  return {
    flag: logistic(by.flag.slope * rawFlag(raw) + by.flag.offset),
    narratives: by.narrativeLines.map(({ slope, offset }, i) =>
      logistic(slope * (raw[FIRST_NARRATIVE + i] ?? 0) + offset),
    ),
    stances: softmax(
      by.stance.offsets.map((offset, i) => (raw[FIRST_STANCE + i] ?? 0) / by.stance.temperature + offset),
    ),
  }
}
