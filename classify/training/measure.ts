/** How well verdicts agree with labels. */
import { NARRATIVES, STANCES, type Verdict } from '../contract.ts'
import { type Labelled, narrativesOf } from './data.ts'

export interface Quality {
  posts: number
  precision: number
  recall: number
  f1: number
}

export interface FlagQuality extends Quality {
  truePositives: number
  falsePositives: number
  falseNegatives: number
  trueNegatives: number
}

export interface ClassQuality {
  accuracy: number
  /** Cohen's kappa (Cohen 1960). */
  kappa: number
  classes: Record<string, Quality>
  /** confusion[label][verdict] */
  confusion: Record<string, Record<string, number>>
}

export interface Measured {
  posts: number
  flag: FlagQuality
  /** The same on posts whose label is clear (`sure` 1). */
  flagSure: FlagQuality
  narrative: ClassQuality
  stance: ClassQuality
  /** Share of posts of a stance that are flagged, though none of them should be. */
  wronglyFlagged: Record<string, { posts: number; flagged: number; share: number }>
  /** Expected calibration error of the flag's score, over ten bins of equal width. */
  ece: number
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function qualityOf(hits: number, given: number, real: number): Quality {
  return {
    posts: real,
    precision: ratio(hits, given),
    recall: ratio(hits, real),
    f1: ratio(2 * hits, given + real),
  }
}

/** Precision, recall and F1 of flags against labels. */
export function flagQuality(posts: readonly Labelled[], flags: readonly boolean[]): FlagQuality {
  const count = (label: boolean, flag: boolean) =>
    posts.filter((post, i) => post.flag === label && flags[i] === flag).length
  const truePositives = count(true, true)
  const falsePositives = count(false, true)
  const falseNegatives = count(true, false)
  return {
    ...qualityOf(truePositives, truePositives + falsePositives, truePositives + falseNegatives),
    truePositives,
    falsePositives,
    falseNegatives,
    trueNegatives: count(false, false),
  }
}

function classQuality(
  names: readonly string[],
  labels: readonly string[],
  given: readonly string[],
): ClassQuality {
  const confusion: Record<string, Record<string, number>> = {}
  for (const label of names) confusion[label] = Object.fromEntries(names.map((name) => [name, 0]))
  labels.forEach((label, i) => {
    const row = confusion[label] ?? {}
    row[given[i] ?? ''] = (row[given[i] ?? ''] ?? 0) + 1
  })
  const classes: Record<string, Quality> = {}
  let agreed = 0
  let byChance = 0
  for (const name of names) {
    const hits = confusion[name]?.[name] ?? 0
    const real = labels.filter((label) => label === name).length
    const said = given.filter((label) => label === name).length
    classes[name] = qualityOf(hits, said, real)
    agreed += hits
    byChance += ratio(real, labels.length) * ratio(said, labels.length)
  }
  const accuracy = ratio(agreed, labels.length)
  return { accuracy, kappa: byChance === 1 ? 1 : (accuracy - byChance) / (1 - byChance), classes, confusion }
}

const ECE_BINS = 10

function calibrationError(scores: readonly number[], holds: readonly boolean[]): number {
  let error = 0
  for (let bin = 0; bin < ECE_BINS; bin++) {
    const inside = scores.flatMap((score, i) =>
      Math.min(ECE_BINS - 1, Math.floor(score * ECE_BINS)) === bin ? [i] : [],
    )
    const mean = inside.reduce((sum, i) => sum + (scores[i] ?? 0), 0)
    const real = inside.filter((i) => holds[i] === true).length
    error += Math.abs(mean - real) / Math.max(scores.length, 1)
  }
  return error
}

/** Compares verdicts with labels, post by post. Both arrays have the same order. */
export function measure(posts: readonly Labelled[], verdicts: readonly Verdict[]): Measured {
  const flags = verdicts.map((verdict) => verdict.flagged)
  const sure = posts.flatMap((post, i) => (post.sure === 1 ? [i] : []))
  const wronglyFlagged: Measured['wronglyFlagged'] = {}
  for (const stance of ['debunks', 'reports', 'questions'] as const) {
    const inside = posts.flatMap((post, i) => (post.stance === stance ? [i] : []))
    const flagged = inside.filter((i) => flags[i] === true).length
    wronglyFlagged[stance] = { posts: inside.length, flagged, share: ratio(flagged, inside.length) }
  }
  return {
    posts: posts.length,
    flag: flagQuality(posts, flags),
    flagSure: flagQuality(
      sure.map((i) => posts[i]!),
      sure.map((i) => flags[i] === true),
    ),
    narrative: classQuality(
      [...NARRATIVES, 'none'],
      posts.map((post) => narrativesOf({ narrative: post.narrative, also: null })[0] ?? 'none'),
      verdicts.map((verdict) => verdict.narratives[0] ?? 'none'),
    ),
    stance: classQuality(
      STANCES,
      posts.map((post) => post.stance),
      verdicts.map((verdict) => verdict.stance),
    ),
    wronglyFlagged,
    ece: calibrationError(
      verdicts.map((verdict) => verdict.score),
      posts.map((post) => post.flag),
    ),
  }
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1).padStart(6)} %`
}

function qualityLine(name: string, quality: Quality): string {
  const { precision, recall, f1, posts } = quality
  return `  ${name.padEnd(22)}${percent(precision)} ${percent(recall)}     ${f1.toFixed(3)} ${String(posts).padStart(7)}`
}

function classLines(title: string, quality: ClassQuality): string[] {
  const names = Object.keys(quality.classes)
  return [
    '',
    `${title}: accuracy ${quality.accuracy.toFixed(3)}, kappa ${quality.kappa.toFixed(3)}`,
    ...names.map((name) => qualityLine(name, quality.classes[name]!)),
    '  confusion (rows: label; columns: verdict, in the same order)',
    ...names.map(
      (name) =>
        `  ${name.padEnd(22)}${names.map((other) => String(quality.confusion[name]?.[other] ?? 0).padStart(6)).join('')}`,
    ),
  ]
}

/** The figures as a table for people. */
export function formatMeasured(measured: Measured): string {
  const { flag, flagSure } = measured
  const cells = ({ truePositives: a, falsePositives: b, falseNegatives: c, trueNegatives: d }: FlagQuality) =>
    `right ${a}, wrong ${b}, missed ${c}, rightly not flagged ${d}`
  return [
    `${measured.posts} posts            precision   recall        F1   posts`,
    qualityLine('flag, all', flag),
    qualityLine('flag, sure', flagSure),
    `  all: ${cells(flag)}`,
    `  sure: ${cells(flagSure)}`,
    `  calibration error (ECE) ${measured.ece.toFixed(3)}`,
    ...Object.entries(measured.wronglyFlagged).map(
      ([stance, { flagged, posts, share }]) =>
        `  ${stance} flagged: ${flagged} of ${posts} (${percent(share).trim()})`,
    ),
    ...classLines('narrative', measured.narrative),
    ...classLines('stance', measured.stance),
    '',
  ].join('\n')
}
