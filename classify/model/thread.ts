/** The classifier's thread: texts in, verdicts out, in order. `classifier-thread.ts` is its other end. */
import type { MessagePort } from 'node:worker_threads'
import type { Verdict } from '../contract.ts'
import { createClassifier, type Classifier } from './classifier.ts'

export interface ThreadRequest {
  id: number
  texts: readonly string[]
  hasty: boolean
}

/** The first answer has the id 0 and no verdicts: the weights are loaded. */
export interface ThreadAnswer {
  id: number
  verdicts: Verdict[]
  /** Texts decided by each stage since the start. */
  decidedBy: Classifier['decidedBy']
}

/** Answers what comes through the port, from when the weights are loaded. Throws ModelError. */
export async function answerOn(port: MessagePort): Promise<void> {
  const classifier = await createClassifier()
  const { decidedBy } = classifier
  const answer = (message: Omit<ThreadAnswer, 'decidedBy'>): void =>
    port.postMessage({ ...message, decidedBy } satisfies ThreadAnswer)
  async function judge({ id, texts, hasty }: ThreadRequest): Promise<void> {
    answer({ id, verdicts: await classifier.classifyAll(texts, hasty) })
  }
  // `judge` rejects where the encoder fails, and nobody handles it: that ends the thread.
  port.on('message', (request: ThreadRequest) => void judge(request))
  answer({ id: 0, verdicts: [] })
}
