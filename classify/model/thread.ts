/** The classifier's thread: texts in, verdicts out, in order. `classifier-thread.ts` is its other end. */
import { parentPort, type MessagePort } from 'node:worker_threads'
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

const port = parentPort
if (port === null) throw new Error('this is the start of a thread, not of a program')

async function start(port: MessagePort): Promise<void> {
  const classifier = await createClassifier()
  const { decidedBy } = classifier
  const answer = (message: Omit<ThreadAnswer, 'decidedBy'>): void =>
    port.postMessage({ ...message, decidedBy } satisfies ThreadAnswer)
  async function judge({ id, texts, hasty }: ThreadRequest): Promise<void> {
    answer({ id, verdicts: await classifier.classifyAll(texts, hasty) })
  }
  port.on('message', (request: ThreadRequest) => void judge(request))
  answer({ id: 0, verdicts: [] })
}

// An error, here or in a judgement, goes on as an unhandled rejection, which ends the thread: its other end tells
// whoever waits.
void start(port)
