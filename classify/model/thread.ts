/** The classifier's thread: texts in, verdicts out, in order. `classifier-thread.ts` is its other end. */
import type { MessagePort } from 'node:worker_threads'
import { GATE_VERDICTS } from '../gate.ts'
import { createClassifier, type Classifier } from './classifier.ts'
import { packVerdicts, type PackedVerdicts } from './packed.ts'

export interface ThreadRequest {
  id: number
  texts: readonly string[]
  hasty: boolean
  /** What the gate says of each text (`gateBits`), where that is known. */
  gated: Uint8Array | null
}

/** The first answer has the id 0 and no verdicts: the weights are loaded. */
export interface ThreadAnswer {
  id: number
  verdicts: PackedVerdicts
  /** Texts decided by each stage since the start. */
  decidedBy: Classifier['decidedBy']
}

/** Answers what comes through the port, from when the weights are loaded. Throws ModelError. */
export async function answerOn(port: MessagePort): Promise<void> {
  const classifier = await createClassifier()
  const { decidedBy } = classifier
  const answer = (message: Omit<ThreadAnswer, 'decidedBy'>): void =>
    port.postMessage({ ...message, decidedBy } satisfies ThreadAnswer)
  async function judge({ id, texts, hasty, gated }: ThreadRequest): Promise<void> {
    const gates = gated === null ? undefined : Array.from(gated, (bits) => GATE_VERDICTS[bits]!)
    answer({ id, verdicts: packVerdicts(await classifier.classifyAll(texts, hasty, gates)) })
  }
  // `judge` rejects where the encoder fails, and nobody handles it: that ends the thread.
  port.on('message', (request: ThreadRequest) => void judge(request))
  answer({ id: 0, verdicts: packVerdicts([]) })
}
