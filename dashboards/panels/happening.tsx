/** The night in plain sentences: what rises now, or that nothing does. */
import type { Spike, Status } from '../../api/contract.ts'
import { count, whole } from '../format.ts'
import { at, openSpikes, spikes, status } from '../state.ts'
import { spikeSentence } from '../words.ts'

/** More sentences than this are a list, and the list stands right below. */
const SENTENCES_MAX = 3

export function Happening() {
  const open = openSpikes.value
  const now = status.value
  return (
    <section class="happening" aria-labelledby="happening">
      <h1 id="happening">What is happening</h1>
      {open.length === 0 ? <Quiet status={now} /> : <Rising open={open} />}
    </section>
  )
}

function Rising({ open }: { open: readonly Spike[] }) {
  const more = open.length - SENTENCES_MAX
  return (
    <>
      {open.slice(0, SENTENCES_MAX).map((spike, index) => (
        <p key={spike.id} class={index === 0 ? 'lead' : 'also'}>
          {spikeSentence(spike, at)} <a href={`#/spikes/${spike.id}`}>See the posts</a>
        </p>
      ))}
      {more > 0 && <p class="also">{count(more, 'more spike')} are open in the list below.</p>}
    </>
  )
}

function Quiet({ status: now }: { status: Status | null }) {
  if (isBlind(now))
    return (
      <>
        <p class="lead">Tallywatch cannot see any posts right now.</p>
        <p class="also">
          {now === null || now.posts === 0
            ? 'No posts yet. '
            : `${count(now.posts, 'post')} were seen before. `}
          That nothing shows here is no sign of calm.
        </p>
      </>
    )
  if (now !== null && now.posts === 0 && now.staleMs !== null)
    return (
      <>
        <p class="lead">The first posts have come.</p>
        <p class="also">Counting begins as soon as their first minute is complete.</p>
      </>
    )
  if (now === null || now.posts === 0)
    return (
      <>
        <p class="lead">No posts yet.</p>
        <p class="also">
          The first ones appear here a few seconds after a source sends them. Nothing needs to be done.
        </p>
      </>
    )
  const earlier = [...spikes.value.values()].filter((spike) => spike.phase === 'closed').length
  return (
    <>
      <p class="lead">No claim stands out right now.</p>
      <p class="also">
        {count(now.election, 'post')} about the election {now.election === 1 ? 'was' : 'were'} seen so far,{' '}
        {whole(now.flagged)} of them {now.flagged === 1 ? 'makes' : 'make'} a claim that is watched here.
        {earlier > 0 && ` Earlier tonight ${count(earlier, 'spike')} rose and died down.`}
      </p>
    </>
  )
}

/** No source sends: silence then means nothing. */
function isBlind(now: Status | null): boolean {
  // A file that was read to its end sends nothing more either.
  const sources = (now?.sources ?? []).filter(({ state }) => state !== 'finished')
  return sources.length > 0 && sources.every(({ state }) => state === 'unreachable' || state === 'failed')
}
