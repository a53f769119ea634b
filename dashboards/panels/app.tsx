/** The whole page: a header that stays, and one of two views. */
import { useEffect, useRef } from 'preact/hooks'
import { announcement, failure, loaded, route, status } from '../state.ts'
import { Filters } from './filters.tsx'
import { Happening } from './happening.tsx'
import { Header } from './header.tsx'
import { MapPanel } from './map.tsx'
import { Notices } from './notices.tsx'
import { Offers } from './offers.tsx'
import { Upload } from './upload.tsx'
import { SpikeList } from './spike-list.tsx'
import { SpikeView } from './spike-view.tsx'
import { Timelines } from './timelines.tsx'

export function App() {
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to what is happening
      </a>
      <Header />
      <Notices />
      <Main />
      <footer class="footer">
        <p>
          Tallywatch counts claims. It does not judge who makes them, and it cannot take anything down.{' '}
          <a href="rebuttals">Published answers</a>
        </p>
        {status.value?.mode === 'live' && (
          <details>
            <summary>Practise with the drill, or look back at a recorded night</summary>
            <p>It plays beside this night, and nothing of it is counted here.</p>
            <Offers />
          </details>
        )}
        {status.value?.mode === 'live' && (
          <details>
            <summary>Add posts from a file to this night</summary>
            <p>They are judged and counted like those of the sources.</p>
            <Upload />
          </details>
        )}
      </footer>
      <div class="unseen" role="status" aria-live="polite">
        {announcement.value}
      </div>
    </>
  )
}

/** The address after `#` belongs to the views, so the jump is made by hand. */
function skipToMain(event: MouseEvent): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function Main() {
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  const shownRoute = route.value
  const key = shownRoute.view === 'spike' ? shownRoute.id : 'night'
  useEffect(() => {
    // A new view starts at its top, also for those who cannot see that it changed.
    if (!first.current) main.current?.focus({ preventScroll: true })
    first.current = false
  }, [key])
  return (
    <main id="main" ref={main} tabIndex={-1}>
      {loaded.value || status.value !== null ? (
        shownRoute.view === 'spike' ? (
          <SpikeView key={key} id={shownRoute.id} />
        ) : (
          <Night />
        )
      ) : (
        <FirstLoad />
      )}
    </main>
  )
}

function FirstLoad() {
  if (failure.value === null) return <p class="loading">Reading the night so far…</p>
  return (
    <section class="panel empty" role="alert">
      <h1>{failure.value}</h1>
      <p>
        This page asks again every few seconds. If it stays like this, look at the window in which Tallywatch
        was started: it says why it stopped. Start it again with <code>npm start</code>.
      </p>
    </section>
  )
}

function Night() {
  return (
    <>
      <Happening />
      <Filters />
      <div class="two">
        <SpikeList />
        <MapPanel />
      </div>
      <Timelines />
    </>
  )
}
