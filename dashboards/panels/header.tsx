/** What is being watched, the night's clock, how fresh the data is, how many posts were seen. */
import { useEffect, useState } from 'preact/hooks'
import type { Status } from '../../api/contract.ts'
import { clockSeconds, count, day, duration, whole, zoneName } from '../format.ts'
import { connection, status, statusAt, zone } from '../state.ts'
import { sourceName } from '../words.ts'

/** Bluesky alone sends posts every second: half a minute without one deserves a look. */
const STALE_MS = 30_000
/** A minute is complete a minute after it ends: two minutes without data and a spike may be missed. */
const VERY_STALE_MS = 120_000

const MODE_WORDS: Readonly<Record<Status['mode'], string>> = {
  live: 'Live',
  replay: 'Replay of a recorded night',
  drill: 'Drill',
}

export function Header() {
  const now = status.value
  return (
    <header class="header">
      <a class="brand" href="#/">
        <svg viewBox="0 0 16 16" width="28" height="28" aria-hidden="true">
          <path d="M3 13V7m3.3 6V5m3.4 8V3M13 13V6M1.5 10.5l13-5" />
        </svg>
        Tallywatch
      </a>
      {now !== null && (
        <>
          <span class={`mode mode-${now.mode}`}>{MODE_WORDS[now.mode]}</span>
          <Fresh status={now} />
          <Clock status={now} />
          <Watching status={now} />
        </>
      )}
    </header>
  )
}

function Watching({ status }: { status: Status }) {
  const { sources, posts, election, flagged, lag, hasty, deadLettered } = status
  const names = sources.map((source) => sourceName(source.source)).join(', ')
  return (
    <dl class="counts">
      <div class="wide">
        <dt>Watching</dt>
        <dd>{names === '' ? 'nothing yet' : names}</dd>
      </div>
      <Figure term="Posts seen" value={posts} />
      <Figure term="About the election" value={election} />
      <Figure term="Making a claim" value={flagged} />
      {lag > 0 && <Figure term="Waiting to be judged" value={lag} />}
      {hasty > 0 && <Figure term="Judged in haste, to be judged again" value={hasty} />}
      {deadLettered > 0 && <Figure term="Could not be read" value={deadLettered} />}
    </dl>
  )
}

function Figure({ term, value }: { term: string; value: number }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{whole(value)}</dd>
    </div>
  )
}

function Clock({ status: now }: { status: Status }) {
  // A night that was read to its end stands at its last minute.
  const clock = now.clock ?? now.sealedThrough
  const shown = zone.value
  return (
    <div class="clock">
      {clock === null ? (
        <span class="time">--:--:--</span>
      ) : (
        <time dateTime={new Date(clock).toISOString()}>
          <span class="time">{clockSeconds(clock, shown)}</span>
          <span class="date">{day(clock, shown)}</span>
        </time>
      )}
      <div class="zones" role="group" aria-label="Time zone">
        <button type="button" aria-pressed={shown === 'local'} onClick={() => (zone.value = 'local')}>
          {zoneName(clock ?? 0, 'local') === 'UTC' ? 'Local' : zoneName(clock ?? 0, 'local')}
        </button>
        <button type="button" aria-pressed={shown === 'utc'} onClick={() => (zone.value = 'utc')}>
          UTC
        </button>
      </div>
    </div>
  )
}

/** How old the newest post is: measured by the server, and by this page while the server is silent. */
function useAge(now: Status): number | null {
  const [tick, setTick] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setTick(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now.staleMs === null ? null : now.staleMs + Math.max(0, tick - statusAt.value)
}

function Fresh({ status: now }: { status: Status }) {
  const age = useAge(now)
  const cut = connection.value === 'lost'
  const ended = now.sources.length > 0 && now.sources.every((source) => source.state === 'finished')
  let level = 'idle'
  let words = 'No posts yet'
  if (ended && !cut) {
    words = now.lag > 0 ? `${count(now.lag, 'post')} still to judge` : 'Read to the end'
  } else if (age !== null) {
    level = age >= VERY_STALE_MS ? 'bad' : age >= STALE_MS ? 'warn' : 'good'
    words = age < 5_000 ? 'Up to date' : `Data is ${duration(age)} old`
  }
  if (cut) level = age !== null && age >= VERY_STALE_MS ? 'bad' : 'warn'
  return (
    <p class={`fresh ${level}`}>
      <span class="dot" aria-hidden="true" />
      {words}
    </p>
  )
}
