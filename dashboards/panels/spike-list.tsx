/** The night's spikes: open ones first. Each is one link to its own view. */
import type { Spike } from '../../api/contract.ts'
import { approximately, count, whole } from '../format.ts'
import { answersTo, at, narrative, place, shownSpikes, spikes } from '../state.ts'
import { againstUsual, inPlace, isOpen, NARRATIVE_TITLE, phaseWords } from '../words.ts'

export function SpikeList() {
  const list = shownSpikes.value
  const open = list.filter(isOpen)
  const past = list.filter((spike) => !isOpen(spike))
  return (
    <section class="panel" aria-labelledby="spikes">
      <h2 id="spikes">Spikes</h2>
      <p class="hint">
        A spike is a claim made by far more people than usual: an account counts once an hour. What a few
        accounts or a few texts repeat is listed too, and is no alarm.
      </p>
      {list.length === 0 && <Nothing />}
      {open.length > 0 && <List spikes={open} label="Going on" />}
      {past.length > 0 && <List spikes={past} label="Earlier" />}
    </section>
  )
}

function Nothing() {
  const filtered = spikes.value.size > 0 && (narrative.value !== null || place.value !== 'US')
  return (
    <p class="empty">
      {filtered
        ? 'None for this claim and place. Choose “Show everything” above to see the others.'
        : 'None so far.'}
    </p>
  )
}

function List({ spikes: list, label }: { spikes: readonly Spike[]; label: string }) {
  return (
    <>
      <h3>{label}</h3>
      <ul class="spikes">
        {list.map((spike) => (
          <li key={spike.id}>
            <Row spike={spike} />
          </li>
        ))}
      </ul>
    </>
  )
}

function Row({ spike }: { spike: Spike }) {
  const until = spike.end === null ? `Since ${at(spike.onset)}` : `${at(spike.onset)} to ${at(spike.end)}`
  return (
    <a class={`spike ${isOpen(spike) ? 'going' : 'past'}`} href={`#/spikes/${spike.id}`}>
      <span class="what">
        <strong>{NARRATIVE_TITLE[spike.narrative]}</strong> {inPlace(spike)}
      </span>
      <span class={`phase phase-${spike.phase}`}>{spike.echo ? 'Repeated' : phaseWords(spike)}</span>
      <span class="size">
        <b>{count(spike.posts, 'post')}</b> by {count(spike.authors, 'account')}, {againstUsual(spike)}
      </span>
      <span class="more">
        {until} ·{' '}
        {spike.echo
          ? 'no alarm: look at the accounts and the wordings'
          : `${whole(spike.size)} more voices than expected (${range(spike)})`}
      </span>
      <Answered spike={spike} />
    </a>
  )
}

/** The 95 % interval in words. */
export function range(spike: Pick<Spike, 'sizeLow' | 'sizeHigh'>): string {
  return `likely ${approximately(Math.max(0, spike.sizeLow))} to ${approximately(spike.sizeHigh)}`
}

function Answered({ spike }: { spike: Spike }) {
  const state = answersTo(spike.id)[0]?.state
  if (state === 'published' || state === 'corrected') return <span class="answer done">Answered</span>
  if (state === 'approved') return <span class="answer">Answer approved, not yet published</span>
  if (state === 'drafted') return <span class="answer">Answer drafted, waits for approval</span>
  return isOpen(spike) ? <span class="answer none">Not answered yet</span> : null
}
