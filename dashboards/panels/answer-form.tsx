/** The form for a new answer. What it may hold is said before it is sent; the server has the last word. */
import { useEffect, useRef } from 'preact/hooks'
import type { Draft, Spike } from '../../api/contract.ts'
import { draftRebuttal } from '../client.ts'
import { NARRATIVE_CLAIMS, inPlace } from '../words.ts'
import { AnswerFields, field, readWords } from './answer-fields.tsx'
import { useStep } from './use-step.ts'

/** The office and the name are the same all night: they are remembered in this browser. */
const OFFICE_KEY = 'tallywatch.office'
const NAME_KEY = 'tallywatch.name'

export function AnswerForm({ spike, onDone }: { spike: Spike; onDone: () => void }) {
  const { busy, problem, run } = useStep()
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('textarea')?.focus(), [])

  async function send(fields: FormData): Promise<void> {
    const draft = readDraft(spike, fields)
    localStorage.setItem(OFFICE_KEY, draft.office ?? '')
    localStorage.setItem(NAME_KEY, draft.draftedBy)
    if (await run(() => draftRebuttal(draft))) onDone()
  }

  return (
    <form
      ref={form}
      class="answer-form"
      onSubmit={(event) => {
        event.preventDefault()
        void send(new FormData(event.currentTarget))
      }}
    >
      <AnswerFields claim={neutralClaim(spike)} />
      <div class="two even">
        <label>
          Office
          <input
            name="office"
            required
            maxLength={200}
            defaultValue={localStorage.getItem(OFFICE_KEY) ?? ''}
          />
        </label>
        <label>
          Your name
          <input
            name="draftedBy"
            required
            maxLength={100}
            defaultValue={localStorage.getItem(NAME_KEY) ?? ''}
          />
        </label>
      </div>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="buttons">
        <button type="submit" class="button" disabled={busy}>
          Save the draft
        </button>
        <button type="button" class="button quiet" onClick={onDone}>
          Cancel
        </button>
      </p>
    </form>
  )
}

/** 'Votes were not counted in Arizona.' */
function neutralClaim(spike: Spike): string {
  const claim = NARRATIVE_CLAIMS[spike.narrative].replace(/^Claims that /, '')
  return `${claim.charAt(0).toUpperCase()}${claim.slice(1)} ${inPlace(spike)}.`
}

function readDraft(spike: Spike, fields: FormData): Draft {
  return {
    spikeId: spike.id,
    narrative: spike.narrative,
    place: spike.place,
    ...readWords(fields),
    office: field(fields, 'office'),
    draftedBy: field(fields, 'draftedBy'),
  }
}
