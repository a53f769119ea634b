/** Reads posts: in a language that the model was tested on, by the model; the others are said not to be judged. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isJudged, type Verdict } from './contract.ts'
import type { LanguageOf, Wording } from './language.ts'

/** Posts whose language is told between two turns of the event loop: some 10 ms, so that the page answers meanwhile. */
const READ_TURN = 400

/** What is said of a text, and in which language it stands (ISO 639-1). */
export interface Reading {
  verdict: Verdict
  language: string
}

export interface ReaderOptions {
  languageOf: LanguageOf
  /** One verdict for each text, in order. */
  classifyAll: (texts: readonly string[], hasty: boolean) => Promise<Verdict[]>
  /** The verdict of election talk of which nothing more is said. */
  unjudged: Verdict
}

/**
 * Gives `readAll(posts, hasty)`: one reading for each, in order. What is not judged is not shown to the model either.
 * `hasty`: as Classifier's.
 */
export function createReader({ languageOf, classifyAll, unjudged }: ReaderOptions) {
  return async function readAll(posts: readonly Wording[], hasty = false): Promise<Reading[]> {
    const languages: string[] = []
    for (const post of posts) {
      languages.push(languageOf(post))
      if (languages.length % READ_TURN === 0) await nextTurn()
    }
    const judged = posts.filter((_, i) => isJudged(languages[i]!))
    const texts = judged.map(({ text }) => text)
    const verdicts = (await classifyAll(texts, hasty)).values()
    return languages.map((language) => ({
      language,
      verdict: isJudged(language) ? verdicts.next().value! : unjudged,
    }))
  }
}

export type Reader = ReturnType<typeof createReader>
