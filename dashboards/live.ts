/** Keeps the state fresh: the first load, then the server's events. */
import type { LiveEvent, Status } from '../api/contract.ts'
import { CallError, getCoverage, getRebuttals, getSpikes, getStatus } from './client.ts'
import { markDirty } from './series.ts'
import {
  announcement,
  at,
  connection,
  coverage,
  epoch,
  failure,
  loaded,
  putFlagged,
  putRebuttals,
  putSpikes,
  putStatus,
  reach,
  rebuttals,
  spikes,
  status,
} from './state.ts'
import { spikeSentence } from './words.ts'

/** A browser gives up on an event stream that answered with an error; this page does not. */
const RETRY_MS = 3_000
/** Coverage changes by the minute and has no event of its own. */
const COVERAGE_MS = 30_000

function takeStatus(next: Status): void {
  // A watch that runs for weeks is of interest for its last hours; a recorded night as a whole.
  if (status.peek() === null && next.mode === 'live') reach.value = '12h'
  putStatus(next)
}

/** Reads everything anew; what fails is said on the page and tried again. */
async function loadAll(): Promise<void> {
  const [hadSpikes, hadRebuttals] = [spikes.peek(), rebuttals.peek()]
  try {
    const [nextStatus, spikeList, rebuttalList, coverageList] = await Promise.all([
      getStatus(),
      getSpikes(),
      getRebuttals(),
      getCoverage(),
    ])
    // What events told meanwhile may be newer than what was read.
    spikes.value = added(hadSpikes, spikes.peek())
    rebuttals.value = added(hadRebuttals, rebuttals.peek())
    takeStatus(nextStatus)
    putSpikes(spikeList)
    putRebuttals(rebuttalList)
    coverage.value = coverageList
    failure.value = null
    loaded.value = true
    epoch.value += 1
  } catch (error) {
    failure.value =
      error instanceof CallError ? error.message : 'The page could not read what Tallywatch sent.'
    setTimeout(() => void loadAll(), RETRY_MS)
  }
}

/** What is in `now` and was not, or was another, before. */
function added<T>(before: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...now].filter(([id, one]) => before.get(id) !== one))
}

async function refreshCoverage(): Promise<void> {
  try {
    coverage.value = await getCoverage()
  } catch (error) {
    // The connection's own state already tells the reader; the next round asks again.
    if (!(error instanceof CallError)) throw error
  }
}

function take(event: LiveEvent): void {
  if (event.type === 'sealed') {
    markDirty(event.from)
  } else if (event.type === 'spike') {
    const isNew = !spikes.peek().has(event.spike.id)
    putSpikes([event.spike])
    if (isNew) announcement.value = spikeSentence(event.spike, at)
  } else if (event.type === 'posts') {
    putFlagged(event.flagged)
  } else if (event.type === 'rebuttal') {
    putRebuttals([event.rebuttal])
    if (event.rebuttal.state === 'published')
      announcement.value = `An official answer was published: ${event.rebuttal.claim}`
  } else {
    void loadAll()
  }
}

/** Opens the event stream. The browser comes back by itself after a cut and asks for what it missed. */
function listen(): void {
  const source = new EventSource('api/live')
  source.addEventListener('open', () => {
    connection.value = 'open'
    // After the stream is open, so that nothing falls between the two.
    if (!loaded.peek()) void loadAll()
  })
  source.addEventListener('error', () => {
    connection.value = 'lost'
    if (!loaded.peek() && failure.peek() === null) failure.value = 'Tallywatch does not answer.'
    if (source.readyState !== EventSource.CLOSED) return
    loaded.value = false
    setTimeout(listen, RETRY_MS)
  })
  source.addEventListener('clock', (event) => takeStatus(JSON.parse(event.data) as Status))
  for (const type of ['posts', 'sealed', 'spike', 'rebuttal', 'reset'] as const)
    source.addEventListener(type, (event) => take(JSON.parse(event.data) as LiveEvent))
}

/** Starts once, for as long as the page is open. */
export function goLive(): void {
  listen()
  setInterval(() => void refreshCoverage(), COVERAGE_MS)
}
