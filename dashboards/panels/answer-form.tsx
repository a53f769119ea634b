/** The form for a new answer. What it may hold is said before it is sent; the server has the last word. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Draft, Rebuttal, Spike } from '../../api/contract.ts'
import { CallError, draftRebuttal } from '../client.ts'
import { putRebuttals } from '../state.ts'
import { NARRATIVE_CLAIMS, inPlace } from '../words.ts'

const RATINGS: readonly Rebuttal['rating'][] = ['False', 'Misleading', 'Missing context', 'True']
/** The office and the name are the same all night: they are remembered in this browser. */
const OFFICE_KEY = 'tallywatch.office'
const NAME_KEY = 'tallywatch.name'

export function AnswerForm({ spike, onDone }: { spike: Spike; onDone: () => void }) {
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('textarea')?.focus(), [])

  async function send(fields: FormData): Promise<void> {
    setBusy(true)
    setProblem(null)
    const draft = readDraft(spike, fields)
    localStorage.setItem(OFFICE_KEY, draft.office ?? '')
    localStorage.setItem(NAME_KEY, draft.draftedBy)
    try {
      putRebuttals([await draftRebuttal(draft)])
      onDone()
    } catch (error) {
      setProblem(
        error instanceof CallError ? error.message : 'The draft could not be kept. Please try again.',
      )
      setBusy(false)
    }
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
      <label>
        The claim, in neutral words
        <textarea
          name="claim"
          required
          minLength={10}
          maxLength={500}
          rows={2}
          defaultValue={neutralClaim(spike)}
        />
        <small>State what is claimed, without naming who claims it.</small>
      </label>
      <label>
        Your answer
        <textarea name="text" required minLength={10} maxLength={5_000} rows={4} />
        <small>What is true, in one or two short sentences. Begin with the fact.</small>
      </label>
      <label>
        Official page
        <input
          name="link"
          type="url"
          required
          pattern="https://.+"
          maxLength={2_000}
          placeholder="https://"
        />
        <small>A page of your office, beginning with https://</small>
      </label>
      <fieldset>
        <legend>Rating of the claim</legend>
        {RATINGS.map((rating) => (
          <label key={rating} class="choice">
            <input type="radio" name="rating" value={rating} required />
            {rating}
          </label>
        ))}
      </fieldset>
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
  const text = (name: string): string => {
    const value = fields.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  return {
    spikeId: spike.id,
    narrative: spike.narrative,
    place: spike.place,
    claim: text('claim'),
    text: text('text'),
    link: text('link'),
    rating: RATINGS.find((rating) => rating === text('rating')),
    office: text('office'),
    draftedBy: text('draftedBy'),
  }
}
