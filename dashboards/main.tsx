import { render } from 'preact'
import { goLive } from './live.ts'
import { App } from './panels/app.tsx'
import { readRoute, route } from './state.ts'

window.addEventListener('hashchange', () => {
  route.value = readRoute(location.hash)
  scrollTo({ top: 0 })
})
goLive()
render(<App />, document.getElementById('app')!)
