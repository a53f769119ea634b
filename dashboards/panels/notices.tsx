/** What the reader must know before trusting the numbers: a drill, a source that is away, a cut connection. */
import type { Status } from '../../api/contract.ts'
import { connection, failure, loaded, status } from '../state.ts'
import { sourceName, sourceSentence } from '../words.ts'
import { Offers } from './offers.tsx'

export function Notices() {
  const now = status.value
  const away =
    now?.sources.filter((source) => source.state === 'unreachable' || source.state === 'failed') ?? []
  const waiting = now?.sources.filter((source) => source.state === 'waiting') ?? []
  return (
    <section class="notices" aria-label="Notices">
      {now?.mode === 'drill' && (
        <p class="notice drill">
          <strong>Drill: these posts are invented.</strong> A scripted night, for practice. Answers that you
          publish here stay on this drill’s own pages.
        </p>
      )}
      {now?.mode === 'replay' && (
        <p class="notice replay">
          <strong>Replay of a recorded night.</strong> The clock shows that night’s time, not now.
        </p>
      )}
      {connection.value === 'lost' && (
        <p class="notice warn" role="status">
          <strong>The connection to Tallywatch is cut.</strong> What you see stands still. The page is trying
          to reconnect, and will then catch up by itself.
        </p>
      )}
      {loaded.value && failure.value !== null && connection.value === 'open' && (
        <p class="notice warn" role="status">
          <strong>{failure.value}</strong> The page asks again every few seconds.
        </p>
      )}
      {away.map((source) => (
        <Away key={source.source} source={source} />
      ))}
      {waiting.map((source) => (
        <p key={source.source} class="notice replay">
          <strong>{sourceName(source.source)} is waiting.</strong> {source.detail}
        </p>
      ))}
    </section>
  )
}

function Away({ source }: { source: Status['sources'][number] }) {
  return (
    <div class="notice warn">
      <p role="status">
        <strong>{sourceSentence(source)}.</strong> {source.detail}{' '}
        {source.state === 'unreachable' &&
          'Tallywatch keeps trying. Posts of this time may be missing below.'}
      </p>
      {status.value?.mode === 'live' && <Offers />}
    </div>
  )
}
