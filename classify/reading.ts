/**
 * Reads posts: what the gate lets through and stands in a language that the model was tested on, by the model; other
 * languages are said not to be judged. Most of a network's posts say nothing of an election: of these nothing is read
 * but by the gate, and they cross to no other thread.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isJudged, type Verdict } from './contract.ts'
import type { Gate, GateVerdict } from './gate.ts'
import { PRESUMED, type LanguageOf, type Wording } from './language.ts'

/** Posts read between two turns of the event loop: some 10 ms if each is a candidate, so that the page answers meanwhile. */
const READ_TURN = 400

/**
 * Texts of a delivery that the model is shown at once, whereupon it is asked anew whether it is to hurry: at most half a
 * second of the encoder where one text in three needs it. A delivery may hold many times as many.
 */
const SHOWN_MAX = 400

/** What is said of a text, and in which language it stands (ISO 639-1). */
export interface Reading {
  verdict: Verdict
  language: string
}

export interface ReaderOptions {
  gate: Gate
  languageOf: LanguageOf
  /** One verdict for each text, in order; `gated` is what the gate says of each. */
  classifyAll: (texts: readonly string[], hasty: boolean, gated: readonly GateVerdict[]) => Promise<Verdict[]>
  /** The verdict of election talk of which nothing more is said. */
  unjudged: Verdict
  /** What is said of a text without a word of an election: the same for all of them. */
  nothing: Reading
  /** Told of each text that is not shown to the model, and what decided it. */
  onUnread?: (by: Unread) => void
}

/** What decides a text without the model. */
export type Unread = 'gate' | 'language'

/**
 * Gives `readAll(posts, isHasty)`: one reading for each, in order. What is not judged is not shown to the model either.
 * `isHasty`: as Classifier's `hasty`, asked whenever texts are shown; `waiting` texts come after these.
 */
export function createReader(options: ReaderOptions) {
  const { gate, languageOf, classifyAll, unjudged, nothing, onUnread } = options
  return async function readAll(
    posts: readonly Wording[],
    isHasty: (waiting: number) => boolean = () => false,
  ): Promise<Reading[]> {
    const readings: Reading[] = []
    const texts: string[] = []
    const gated: GateVerdict[] = []
    /** Of each text: whose it is, and its language. */
    const asked: { at: number; language: string }[] = []
    for (const post of posts) {
      if (readings.length % READ_TURN === READ_TURN - 1) await nextTurn()
      const said = gate(post.text)
      if (!said.election && !said.candidate) {
        readings.push(nothing)
        onUnread?.('gate')
        continue
      }
      // Nothing more is read of what is no candidate: its language makes no difference.
      const language = said.candidate ? languageOf(post) : PRESUMED
      if (isJudged(language)) {
        texts.push(post.text)
        gated.push(said)
        asked.push({ at: readings.length, language })
      } else onUnread?.('language')
      readings.push({ verdict: unjudged, language })
    }
    for (let from = 0; from < texts.length; from += SHOWN_MAX) {
      const to = from + SHOWN_MAX
      const hasty = isHasty(Math.max(0, texts.length - to))
      const verdicts = await classifyAll(texts.slice(from, to), hasty, gated.slice(from, to))
      verdicts.forEach((verdict, i) => {
        const { at, language } = asked[from + i]!
        readings[at] = { verdict, language }
      })
    }
    return readings
  }
}

export type Reader = ReturnType<typeof createReader>
