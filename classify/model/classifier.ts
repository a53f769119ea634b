/**
 * What a text says of an election. A cascade, each stage cheaper than the next: the gate over every post, a cache of
 * cleaned texts, the linear model. The verdict is a function of the text alone: nothing here knows the author.
 */
import type { Verdict } from '../contract.ts'
import { createGate } from '../gate.ts'
import { createPlaceFinder } from '../places/find.ts'
import { decide, narrativeRecord, rounded, stanceRecord } from './decide.ts'
import { explain } from './explain.ts'
import { calibrate } from './linear.ts'
import { cleanText } from './normalize.ts'
import { createScorer } from './score.ts'
import { loadWeights, OUTPUTS, type Weights } from './weights.ts'

export interface Classifier {
  /**
   * Never throws, whatever the text. Copies of one text may share one verdict: it is not to be changed.
   */
  classify(text: string): Verdict
  /** Which model gave the verdicts: kind, form, and the first digits of the weights' SHA-256. */
  readonly model: string
}

export interface ClassifierOptions {
  /** Default: the weights that come with Tallywatch. */
  weights?: Weights
  /** Distinct texts whose verdicts are kept. */
  cacheSize?: number
}

/** About 60 MB; a spike's copies arrive within minutes, in which a stream of 5,000 posts/s has fewer candidates. */
const CACHE_SIZE = 50_000

/** Texts longer than this are not kept: they are seldom copied, and would make the cache's size unknown. */
const CACHED_LENGTH_MAX = 1_000

/** Loads the weights and builds the cascade. Throws ModelError where the weights are missing, cut or changed. */
export function createClassifier(options: ClassifierOptions = {}): Classifier {
  const weights = options.weights ?? loadWeights()
  const cacheSize = options.cacheSize ?? CACHE_SIZE
  const model = `lexical-1-${weights.digest}`
  const gate = createGate()
  const findPlaces = createPlaceFinder()
  const cache = new Map<string, Verdict>()
  const scorer = createScorer(weights)
  const raw = new Float64Array(OUTPUTS)

  const none = {
    flagged: false,
    score: 0,
    narratives: [],
    narrativeScores: narrativeRecord([]),
    stance: 'unrelated' as const,
    stanceScores: { ...stanceRecord([]), unrelated: 1 },
    words: [],
    model,
  }
  const notElection: Verdict = { ...none, election: false, places: [] }

  function judge(cleaned: string): Verdict {
    scorer.score(cleaned, raw)
    const probabilities = calibrate(raw, weights)
    const decision = decide(probabilities, weights.flag.threshold)
    const [narrative] = decision.narratives
    return {
      election: true,
      ...decision,
      score: rounded(probabilities.flag),
      words: narrative === undefined ? [] : explain(scorer, cleaned, { ...decision, narrative }),
      places: findPlaces(cleaned),
      model,
    }
  }

  function judgeOnce(cleaned: string): Verdict {
    const known = cache.get(cleaned)
    if (known !== undefined) return known
    const verdict = judge(cleaned)
    if (cleaned.length <= CACHED_LENGTH_MAX) {
      // Emptied as a whole: what is being copied now comes back with its next copy.
      if (cache.size >= cacheSize) cache.clear()
      cache.set(cleaned, verdict)
    }
    return verdict
  }

  return {
    model,
    classify(text) {
      const { election, candidate } = gate(text)
      if (candidate) return withWordsOf(text, judgeOnce(cleanText(text)))
      return election ? { ...none, election: true, places: findPlaces(cleanText(text)) } : notElection
    },
  }
}

/** Leaves out words that the text holds in another form only (full-width letters, letters with marks between). */
function withWordsOf(text: string, verdict: Verdict): Verdict {
  if (verdict.words.every((word) => text.includes(word))) return verdict
  return { ...verdict, words: verdict.words.filter((word) => text.includes(word)) }
}
