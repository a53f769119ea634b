/** What can still be done with a published answer: correct it, or withdraw it. Both stay visible to everybody. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Rebuttal } from '../../api/contract.ts'
import { correctRebuttal, withdrawRebuttal } from '../client.ts'
import { AnswerFields, field, readWords } from './answer-fields.tsx'
import { useStep } from './use-step.ts'

type Way = 'correct' | 'withdraw'

export function Amend({ answer }: { answer: Rebuttal }) {
  const [way, setWay] = useState<Way | null>(null)
  const buttons = useRef<HTMLParagraphElement>(null)
  const closed = useRef<Way | null>(null)
  // Whoever closes a form by keyboard goes on where it was opened.
  useEffect(() => {
    if (way === null && closed.current !== null)
      buttons.current?.querySelector<HTMLButtonElement>(`[data-way=${closed.current}]`)?.focus()
    closed.current = way
  }, [way])
  if (way !== null) return <AmendForm answer={answer} way={way} onDone={() => setWay(null)} />
  return (
    <p class="buttons" ref={buttons}>
      <button type="button" class="button quiet" data-way="correct" onClick={() => setWay('correct')}>
        Correct this answer
      </button>
      <button type="button" class="button quiet" data-way="withdraw" onClick={() => setWay('withdraw')}>
        Withdraw this answer
      </button>
    </p>
  )
}

function AmendForm({ answer, way, onDone }: { answer: Rebuttal; way: Way; onDone: () => void }) {
  const { busy, problem, run } = useStep()
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('textarea')?.focus(), [])
  const send = (fields: FormData): Promise<boolean> =>
    run(() => (way === 'correct' ? sendCorrection(answer, fields) : sendWithdrawal(answer, fields)))
  return (
    <form
      ref={form}
      class="answer-form"
      aria-label={way === 'correct' ? 'Correct the answer' : 'Withdraw the answer'}
      onSubmit={(event) => {
        event.preventDefault()
        void send(new FormData(event.currentTarget)).then((done) => done && onDone())
      }}
    >
      {way === 'correct' ? <CorrectionFields answer={answer} /> : <WithdrawalFields />}
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="buttons">
        <button type="submit" class="button" disabled={busy}>
          {way === 'correct' ? 'Publish the correction' : 'Withdraw for everybody'}
        </button>
        <button type="button" class="button quiet" onClick={onDone}>
          Cancel
        </button>
      </p>
    </form>
  )
}

function CorrectionFields({ answer }: { answer: Rebuttal }) {
  return (
    <>
      <AnswerFields {...answer} />
      <label>
        What was corrected
        <input name="note" required maxLength={500} />
        <small>Stands on the public page, beside the corrected answer.</small>
      </label>
      <div class="two even">
        <label>
          Corrected by
          <input name="correctedBy" required maxLength={100} autocomplete="off" />
        </label>
        <label>
          Second person’s name
          <input name="approvedBy" required maxLength={100} autocomplete="off" />
          <small>Somebody else reads the correction first.</small>
        </label>
      </div>
    </>
  )
}

function WithdrawalFields() {
  return (
    <>
      <label>
        Why it is withdrawn
        <textarea name="reason" required maxLength={500} rows={2} />
        <small>The public page says that the answer was withdrawn, and why. This cannot be undone.</small>
      </label>
      <label>
        Withdrawn by
        <input name="withdrawnBy" required maxLength={100} autocomplete="off" />
      </label>
    </>
  )
}

function sendCorrection({ id }: Rebuttal, fields: FormData): Promise<Rebuttal> {
  const people = { correctedBy: field(fields, 'correctedBy'), approvedBy: field(fields, 'approvedBy') }
  return correctRebuttal(id, { ...readWords(fields), ...people, note: field(fields, 'note') })
}

function sendWithdrawal({ id }: Rebuttal, fields: FormData): Promise<Rebuttal> {
  return withdrawRebuttal(id, {
    withdrawnBy: field(fields, 'withdrawnBy'),
    reason: field(fields, 'reason').replaceAll(/\s+/g, ' '),
  })
}
