/**
 * What the small model is worth as a filter before the encoder: how many texts must go on so that hardly any is lost
 * that the teachers would flag, or see a narrative in.
 */
import { createGate } from '../gate.ts'
import { goesOn } from '../model/cascade.ts'
import { createFastModel } from '../model/fast.ts'
import type { Weights } from '../model/weights.ts'
import { FLAG, NARRATIVE, type Soft, STANCE } from './soft.ts'

/** Shares that are kept, as rows of the tables; model/cascade.ts takes its thresholds from them. */
const KEPT = [0.999, 0.995, 0.99, 0.98, 0.95] as const

/** A text that passes the gate: what the teachers say of it, and what the small model foresees. */
interface Foreseen {
  flagged: boolean
  narrative: boolean
  counterSpeech: boolean
  flag: number
  narrativeTop: number
  /** By the thresholds of model/cascade.ts. */
  further: boolean
  /** Among the texts of the recorded night. */
  night: boolean
}

function foresee(weights: Weights, texts: readonly Soft[], night: ReadonlySet<string>): Foreseen[] {
  const gate = createGate()
  const fast = createFastModel(weights)
  return texts
    .filter(({ text }) => gate(text).candidate)
    .map(({ text, p }) => {
      const foreseen = fast.judge(text)
      const { flag, narratives } = foreseen
      const narrative = Math.max(...p.slice(NARRATIVE, STANCE)) >= 0.5
      const [, reports, questions, debunks] = p.slice(STANCE, FLAG)
      return {
        flagged: p[FLAG]! >= 0.5,
        narrative,
        counterSpeech: narrative && reports! + questions! + debunks! >= 0.5,
        flag,
        narrativeTop: Math.max(...narratives),
        further: goesOn(foreseen),
        night: night.has(text),
      }
    })
}

type Wanted = 'flagged' | 'narrative' | 'counterSpeech'

/** The largest threshold that keeps this share of the wanted texts, and the share of all texts at or above it. */
function rowOf(
  texts: readonly Foreseen[],
  wanted: Wanted,
  score: 'flag' | 'narrativeTop',
  kept: number,
): string {
  const scores = texts.filter((text) => text[wanted]).map((text) => text[score])
  const sorted = scores.sort((a, b) => a - b)
  const lost = Math.floor((1 - kept) * sorted.length + 1e-9)
  const threshold = sorted[lost] ?? 0
  const above = texts.filter((text) => text[score] >= threshold).length
  return (
    `  ${(100 * kept).toFixed(1).padStart(5)} % kept (${lost} of ${sorted.length} lost): below ${threshold.toFixed(4)} is no; ` +
    `${((100 * above) / texts.length).toFixed(1)} % of the texts go on`
  )
}

/** What both thresholds of model/cascade.ts do together. */
function togetherOf(texts: readonly Foreseen[]): string {
  const shareOf = (part: readonly Foreseen[]): string =>
    `${((100 * part.filter(({ further }) => further).length) / part.length).toFixed(1)} %`
  const wanted = (['flagged', 'narrative', 'counterSpeech'] as const).map(
    (kind) => `${shareOf(texts.filter((text) => text[kind]))} of ${kind}`,
  )
  return `  thresholds of model/cascade.ts: ${wanted.join(', ')}, ${shareOf(texts)} of all texts go on`
}

/** The tables of a filter over texts that were kept from learning, for people. */
export function formatFilter(weights: Weights, texts: readonly Soft[], night: ReadonlySet<string>): string {
  const all = foresee(weights, texts, night)
  const lines = [
    `\nas a filter, on ${all.length} texts that pass the gate, of ${texts.length} kept from learning:`,
  ]
  for (const [name, part] of [
    ['all', all],
    ['the recorded night', all.filter((text) => text.night)],
  ] as const) {
    for (const [wanted, score] of [
      ['flagged', 'flag'],
      ['narrative', 'narrativeTop'],
      ['counterSpeech', 'narrativeTop'],
    ] as const) {
      lines.push(
        `${name} (${part.length} texts), ${wanted} by the teachers, by the ${score === 'flag' ? 'flag' : 'strongest narrative'}`,
      )
      for (const kept of KEPT) lines.push(rowOf(part, wanted, score, kept))
    }
    lines.push(togetherOf(part))
  }
  return `${lines.join('\n')}\n`
}
