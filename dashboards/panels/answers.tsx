/** The official answers to a spike: from a draft over a second person's approval to the public page. */
import { useState } from 'preact/hooks'
import type { Effect, Rebuttal, Spike, SpikeDetail } from '../../api/contract.ts'
import { approveRebuttal, publishRebuttal } from '../client.ts'
import { approximately, count } from '../format.ts'
import { answersTo, at } from '../state.ts'
import { REBUTTAL_WORDS } from '../words.ts'
import { Amend } from './amend.tsx'
import { AnswerForm } from './answer-form.tsx'
import { useStep } from './use-step.ts'

export function Answers({ spike, detail }: { spike: Spike; detail: SpikeDetail | null }) {
  const answers = answersTo(spike.id)
  const [writing, setWriting] = useState(false)
  return (
    <section class="panel answers" aria-labelledby="answers">
      <h2 id="answers">Official answer</h2>
      {answers.length === 0 && !writing && <NoAnswer spike={spike} />}
      {answers.map((answer) => (
        <Answer
          key={answer.id}
          answer={answer}
          effect={detail?.rebuttals.find(({ rebuttal }) => rebuttal.id === answer.id)?.effect ?? null}
        />
      ))}
      {writing ? (
        <AnswerForm spike={spike} onDone={() => setWriting(false)} />
      ) : spike.successor !== null ? null : (
        <button
          type="button"
          class={answers.length === 0 ? 'button' : 'button quiet'}
          onClick={() => setWriting(true)}
        >
          {answers.length === 0 ? 'Write an answer' : 'Write another answer'}
        </button>
      )}
    </section>
  )
}

function NoAnswer({ spike }: { spike: Spike }) {
  if (spike.successor !== null)
    return (
      <p>
        What was answered here stands with{' '}
        <a href={`#/spikes/${spike.successor}`}>the spike that took its place</a>. Write there, too.
      </p>
    )
  return (
    <p>
      Nobody has answered this claim here yet. An answer names the claim in neutral words, says what is true,
      and links to your office’s own page. A second person approves it before it is public.
    </p>
  )
}

function Answer({ answer, effect }: { answer: Rebuttal; effect: Effect | null }) {
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
      {answer.note !== null && (
        <p>
          <b>{answer.state === 'withdrawn' ? 'Withdrawn' : 'Corrected'}:</b> {answer.note}
        </p>
      )}
      {answer.state === 'drafted' && <Approve answer={answer} />}
      {answer.state === 'approved' && <Publish answer={answer} />}
      {(answer.state === 'published' || answer.state === 'corrected') && (
        <>
          <p>
            <a class="button quiet" href={`rebuttals/${answer.slug}`}>
              Open the public page
            </a>
          </p>
          <BeforeAndAfter answer={answer} effect={effect} />
          <Amend answer={answer} />
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
        <input
          required
          maxLength={100}
          autocomplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
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
  const [name, setName] = useState(answer.approvedBy ?? '')
  return (
    <form
      class="step"
      onSubmit={(event) => {
        event.preventDefault()
        void run(() => publishRebuttal(answer.id, name.trim()))
      }}
    >
      <p>Publishing puts the answer on the public page and into the feeds, for everybody.</p>
      <label>
        Published by
        <input
          required
          maxLength={100}
          autocomplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button" disabled={busy}>
        Publish
      </button>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}

/** The claim's volume on both sides of the publication. It shows what happened, not why. */
function BeforeAndAfter({ answer, effect }: { answer: Rebuttal; effect: Effect | null }) {
  if (answer.publishedClock === null)
    return <p class="hint">It was published before the night’s first post: there is no before and after.</p>
  if (effect === null) return <p class="loading">Counting before and after…</p>
  const { before, after } = effect
  const top = Math.max(before.perMinute, after.perMinute, 0.001)
  return (
    <div class="effect">
      <h4>Before and after</h4>
      <ul class="ranks">
        <Rate side="before" volume={before} top={top} />
        <Rate side="after" volume={after} top={top} />
      </ul>
      <p class="hint">
        Posts a minute that make the claim. What else happened in that time is not taken out.
      </p>
    </div>
  )
}

function Rate({ side, volume, top }: { side: 'before' | 'after'; volume: Effect['before']; top: number }) {
  const seen = volume.minutesSeen > 0
  return (
    <li>
      <span class="rank-name">{seen ? `${count(volume.minutesSeen, 'minute')} ${side}` : side}</span>
      <span class="rank-bar" aria-hidden="true" style={{ width: `${(100 * volume.perMinute) / top}%` }} />
      <span class="rank-count">
        {seen ? `${approximately(volume.perMinute)} a minute` : 'nothing counted yet'}
      </span>
    </li>
  )
}
