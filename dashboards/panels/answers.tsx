/** The official answers to a spike: from a draft over a second person's approval to the public page. */
import { useEffect, useState } from 'preact/hooks'
import type { Effect, Rebuttal, Spike } from '../../api/contract.ts'
import { approveRebuttal, CallError, getEffect, publishRebuttal } from '../client.ts'
import { approximately, count } from '../format.ts'
import { answersTo, at, putRebuttals, status } from '../state.ts'
import { REBUTTAL_WORDS } from '../words.ts'
import { AnswerForm } from './answer-form.tsx'

export function Answers({ spike }: { spike: Spike }) {
  const answers = answersTo(spike.id)
  const [writing, setWriting] = useState(false)
  return (
    <section class="panel answers" aria-labelledby="answers">
      <h2 id="answers">Official answer</h2>
      {answers.length === 0 && !writing && (
        <p>
          Nobody has answered this claim here yet. An answer names the claim in neutral words, says what is true, and
          links to your office’s own page. A second person approves it before it is public.
        </p>
      )}
      {answers.map((answer) => (
        <Answer key={answer.id} answer={answer} />
      ))}
      {writing ? (
        <AnswerForm spike={spike} onDone={() => setWriting(false)} />
      ) : (
        <button type="button" class={answers.length === 0 ? 'button' : 'button quiet'} onClick={() => setWriting(true)}>
          {answers.length === 0 ? 'Write an answer' : 'Write another answer'}
        </button>
      )}
    </section>
  )
}

/** Runs a step, keeps what came of it, and says in words what went wrong. */
function useStep(): { busy: boolean; problem: string | null; run(step: () => Promise<Rebuttal>): Promise<void> } {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  async function run(step: () => Promise<Rebuttal>): Promise<void> {
    setBusy(true)
    setProblem(null)
    try {
      putRebuttals([await step()])
    } catch (error) {
      setProblem(error instanceof CallError ? error.message : 'This did not work. Please try again.')
    }
    setBusy(false)
  }
  return { busy, problem, run }
}

function Answer({ answer }: { answer: Rebuttal }) {
  return (
    <article class={`answer-card ${answer.state}`}>
      <p class="steps">{REBUTTAL_WORDS[answer.state]}</p>
      <h3>Claim: {answer.claim}</h3>
      <p class="rating">
        Rating: <b>{answer.rating}</b>
      </p>
      <p class="text">{answer.text}</p>
      <p>
        <a href={answer.link} rel="noreferrer">
          {answer.link}
        </a>
      </p>
      <p class="hint">
        {answer.office}. Written by {answer.draftedBy}
        {answer.approvedBy !== null && `, approved by ${answer.approvedBy}`}
        {answer.publishedClock !== null && `, published at ${at(answer.publishedClock)}`}.
      </p>
      {answer.state === 'drafted' && <Approve answer={answer} />}
      {answer.state === 'approved' && <Publish answer={answer} />}
      {(answer.state === 'published' || answer.state === 'corrected') && (
        <>
          <p>
            <a class="button quiet" href={`rebuttals/${answer.slug}`}>
              Open the public page
            </a>
          </p>
          <BeforeAndAfter answer={answer} />
        </>
      )}
    </article>
  )
}

function Approve({ answer }: { answer: Rebuttal }) {
  const { busy, problem, run } = useStep()
  const [name, setName] = useState('')
  return (
    <form
      class="step"
      onSubmit={(event) => {
        event.preventDefault()
        void run(() => approveRebuttal(answer.id, name.trim()))
      }}
    >
      <label>
        Second person’s name
        <input required maxLength={200} autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        <small>Somebody other than {answer.draftedBy} reads the answer and follows its link first.</small>
      </label>
      <button type="submit" class="button" disabled={busy}>
        Approve
      </button>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}

function Publish({ answer }: { answer: Rebuttal }) {
  const { busy, problem, run } = useStep()
  return (
    <div class="step">
      <p>Publishing puts the answer on the public page and into the feeds, for everybody.</p>
      <button type="button" class="button" disabled={busy} onClick={() => void run(() => publishRebuttal(answer.id))}>
        Publish
      </button>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}

/** The claim's volume on both sides of the publication. It shows what happened, not why. */
function BeforeAndAfter({ answer }: { answer: Rebuttal }) {
  const [effect, setEffect] = useState<Effect | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const minute = status.value?.sealedThrough ?? null
  useEffect(() => {
    getEffect(answer.id).then(
      (found) => {
        setEffect(found)
        setProblem(null)
      },
      (error: unknown) => setProblem(error instanceof CallError ? error.message : 'The numbers could not be read.'),
    )
  }, [answer.id, minute])
  if (problem !== null) return <p class="problem">Before and after: {problem}</p>
  if (effect === null) return <p class="loading">Counting before and after…</p>
  const { before, after, windowMinutes } = effect
  const top = Math.max(before.perMinute, after.perMinute, 0.001)
  return (
    <div class="effect">
      <h4>Before and after</h4>
      <ul class="ranks">
        <Rate name={`${count(windowMinutes, 'minute')} before`} perMinute={before.perMinute} top={top} />
        <Rate
          name={after.minutesSeen === 0 ? 'After' : `${count(after.minutesSeen, 'minute')} after`}
          perMinute={after.minutesSeen === 0 ? null : after.perMinute}
          top={top}
        />
      </ul>
      <p class="hint">Posts a minute that make the claim. What else happened in that time is not taken out.</p>
    </div>
  )
}

function Rate({ name, perMinute, top }: { name: string; perMinute: number | null; top: number }) {
  return (
    <li>
      <span class="rank-name">{name}</span>
      <span class="rank-bar" aria-hidden="true" style={{ width: `${(100 * (perMinute ?? 0)) / top}%` }} />
      <span class="rank-count">{perMinute === null ? 'not yet' : `${approximately(perMinute)} a minute`}</span>
    </li>
  )
}
