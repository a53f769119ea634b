/**
 * What a text says of an election. A cascade, each stage cheaper than the next: the gate over every post, a cache of
 * cleaned texts, the fast model, and the encoder where the fast model is not sure of a "no". The verdict is a function
 * of the text alone: nothing here knows the author.
 */
import { HASTY, type Verdict } from '../contract.ts'
import { createGate, type GateVerdict } from '../gate.ts'
import { createPlaceFinder } from '../places/find.ts'
import { goesOn } from './cascade.ts'
import { decide, narrativeRecord, rounded, stanceRecord } from './decide.ts'
import { type Encoder, encoderDigest, loadEncoder } from './encoder.ts'
import { explain } from './explain.ts'
import { createFastModel } from './fast.ts'
import type { Probabilities } from './linear.ts'
import { cleanText } from './normalize.ts'
import { createPlain } from './plain.ts'
import { createRecent, type Recent } from './recent.ts'
import { loadWeights, type Weights } from './weights.ts'

export type ClassifyAll = (
  texts: readonly string[],
  hasty?: boolean,
  gated?: readonly GateVerdict[],
) => Promise<Verdict[]>

export interface Classifier {
  /**
   * Never rejects, whatever the text. Copies of one text may share one verdict: it is not to be changed.
   */
  classify(text: string, hasty?: boolean): Promise<Verdict>
  /**
   * One verdict for each text, in order. `hasty`: the fast model judges where the encoder should, and says so in the
   * verdict's `model`. `gated`: what the gate says of each, where it was asked before.
   */
  classifyAll: ClassifyAll
  /** Which model gave the verdicts: kind, form, and the first digits of the weights' SHA-256. */
  readonly model: string
  /** How many texts each stage decided. */
  readonly decidedBy: Readonly<Record<Stage, number>>
}

/** `haste`: by the fast model in the encoder's place. */
export type Stage = 'gate' | 'cache' | 'fast' | 'haste' | 'encoder'

export interface ClassifierOptions {
  /** Default: the weights that come with Tallywatch. */
  weights?: Weights
  /** Default: the encoder that comes with Tallywatch. */
  encoder?: Encoder
  /** Distinct texts whose verdicts are kept. */
  cacheSize?: number
}

/** About 25 MB, in each thread: candidates of a minute of a whole network's peak, of some seconds where all is election. */
const CACHE_SIZE = 20_000
/**
 * Those that the encoder judged, which cost fifty times as much and are what is copied: so many last for minutes of a
 * night's peak where all is election, with the others in one cache for seconds only: a tenth more would be asked.
 */
const ENCODED_SHARE = 0.8

/** Texts longer than this are not kept: they are seldom copied, and would make the cache's size unknown. */
const CACHED_LENGTH_MAX = 1_000

/** The name of the model whose weights lie here. Throws ModelError where they are missing, cut or changed. */
export function modelName(weights: Weights = loadWeights()): string {
  return `cascade-1-${weights.digest}-${encoderDigest()}`
}

/** The verdict on a text that says nothing of a narrative. */
export function nothingSaid(model: string, election: boolean): Verdict {
  return {
    election,
    flagged: false,
    score: 0,
    narratives: [],
    narrativeScores: narrativeRecord([]),
    stance: 'unrelated',
    stanceScores: { ...stanceRecord([]), unrelated: 1 },
    words: [],
    places: [],
    model,
  }
}

/** Loads the weights and builds the cascade. Throws ModelError where the weights are missing, cut or changed. */
export async function createClassifier(options: ClassifierOptions = {}): Promise<Classifier> {
  const weights = options.weights ?? loadWeights()
  const encoder = options.encoder ?? (await loadEncoder())
  const cacheSize = options.cacheSize ?? CACHE_SIZE
  const model = modelName(weights)
  const hastyModel = `${HASTY}1-${weights.digest}`
  const gate = createGate()
  const findPlaces = createPlaceFinder()
  const plain = createPlain()
  const encoded = createRecent<Said>(cacheSize * ENCODED_SHARE)
  const others = createRecent<Said>(cacheSize * (1 - ENCODED_SHARE))
  const fast = createFastModel(weights)
  const decidedBy: Record<Stage, number> = { gate: 0, cache: 0, fast: 0, haste: 0, encoder: 0 }
  const notElection = nothingSaid(model, false)
  const none = nothingSaid(model, true)

  function saidOf(cleaned: string, probabilities: Probabilities, threshold: number, by: string): Said {
    const { flagged, narratives, narrativeScores, stance, stanceScores } = decide(probabilities, threshold)
    const [narrative] = narratives
    return {
      flagged,
      score: rounded(probabilities.flag),
      narratives,
      narrativeScores,
      stance,
      stanceScores,
      words: narrative === undefined ? [] : explain(fast.scorer, cleaned, { flagged, stance, narrative }),
      places: findPlaces(cleaned),
      model: by,
    }
  }

  function keep(cache: Recent<Said>, cleaned: string, said: Said): Said {
    if (cleaned.length <= CACHED_LENGTH_MAX) cache.set(cleaned, said)
    return said
  }

  async function askEncoder(cleaned: string, text: string): Promise<Said> {
    decidedBy.encoder++
    return keep(encoded, cleaned, saidOf(cleaned, await encoder.judge(text), encoder.threshold, model))
  }

  /** A promise only of what the encoder is asked: seven texts in eight wait for nothing. */
  function judge(cleaned: string, hasty: boolean): Said | Promise<Said> {
    const known = encoded.get(cleaned) ?? others.get(cleaned)
    if (known !== undefined) {
      decidedBy.cache++
      return known
    }
    const text = plain(cleaned)
    const first = fast.judge(text)
    if (!goesOn(first)) {
      decidedBy.fast++
      return keep(others, cleaned, saidOf(cleaned, first, NEVER, model))
    }
    if (!hasty) return askEncoder(cleaned, text)
    decidedBy.haste++
    return saidOf(cleaned, first, weights.flag.threshold, hastyModel)
  }

  function ofElection(text: string, election: boolean): Verdict {
    decidedBy.gate++
    return election ? { ...none, places: findPlaces(cleanText(text)) } : notElection
  }

  async function classifyAll(
    texts: readonly string[],
    hasty = false,
    gated?: readonly GateVerdict[],
  ): Promise<Verdict[]> {
    const verdicts: Verdict[] = []
    let i = 0
    for (const text of texts) {
      const { election, candidate } = gated?.[i++] ?? gate(text)
      if (!candidate) {
        verdicts.push(ofElection(text, election))
        continue
      }
      const said = judge(cleanText(text), hasty)
      verdicts.push(verdictOf(text, said instanceof Promise ? await said : said, election))
    }
    return verdicts
  }

  return {
    model,
    decidedBy,
    classify: async (text, hasty) => (await classifyAll([text], hasty))[0]!,
    classifyAll,
  }
}

/** A verdict without what the gate says. */
type Said = Omit<Verdict, 'election'>

/** A threshold that no probability reaches. */
const NEVER = 2

/** The verdict on a text of which this is said; written out, since most of an election's texts come by here. */
function verdictOf(text: string, said: Said, election: boolean): Verdict {
  const { flagged, score, narratives, narrativeScores, stance, stanceScores, places, model } = said
  return {
    // What carries a narrative is about an election, whatever words it does without.
    election: election || narratives.length > 0,
    flagged,
    score,
    narratives,
    narrativeScores,
    stance,
    stanceScores,
    words: wordsOf(text, said.words),
    places,
    model,
  }
}

/** Leaves out words that the text holds in another form only (full-width letters, letters with marks between). */
function wordsOf(text: string, words: string[]): string[] {
  return words.every((word) => text.includes(word)) ? words : words.filter((word) => text.includes(word))
}
