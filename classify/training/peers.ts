/** What simpler ways make of the same posts, for comparison: a keyword list, and natural's naive Bayes. */
import BayesClassifier from 'natural/lib/natural/classifiers/bayes_classifier.js'
import PorterStemmer from 'natural/lib/natural/stemmers/porter_stemmer.js'
import { cleanText } from '../model/normalize.ts'
import type { Labelled } from './data.ts'

/** What an office without a classifier might search for. */
const KEYWORDS =
  /\b(?:rigged|stolen|steal|stole|sharpie\w*|dominion|glitch\w*|hacked|flipped|stopthesteal|thrown out|threw out|not counted|uncounted|(?:machines?|scanners?|tabulators?) (?:is |are |was |were )?(?:down|broken|broke|jammed|not working))\b/i

export function byKeywords(posts: readonly Labelled[]): boolean[] {
  return posts.map(({ text }) => KEYWORDS.test(cleanText(text)))
}

const FOLDS = 5

/** Naive Bayes (natural) over stems; each post judged by what was learnt from the other folds of the same file. */
export function byBayes(posts: readonly Labelled[]): boolean[] {
  const flags: boolean[] = []
  for (let fold = 0; fold < FOLDS; fold++) {
    const bayes = new BayesClassifier(PorterStemmer)
    posts.forEach((post, i) => {
      if (i % FOLDS !== fold) bayes.addDocument(cleanText(post.text), String(post.flag))
    })
    bayes.train()
    posts.forEach((post, i) => {
      if (i % FOLDS === fold) flags[i] = bayes.classify(cleanText(post.text)) === 'true'
    })
  }
  return flags
}

/** Shares of election posts that carry a claim: an ordinary hour, a busy night, the height of a rumour. */
export const BASE_RATES = [0.005, 0.02, 0.1] as const

/** Precision where a share `rate` of the posts is to be flagged (Bayes' rule on recall and false-positive rate). */
export function precisionAt(rate: number, recall: number, falsePositiveRate: number): number {
  const right = rate * recall
  const wrong = (1 - rate) * falsePositiveRate
  return right + wrong === 0 ? 0 : right / (right + wrong)
}
