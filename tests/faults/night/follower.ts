/** A page that follows the desk through everything, as a browser does: it comes back with the last id that it has. */
import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_MS = 200

type Spike = Record<string, unknown>

export interface Follower {
  /** The spikes as the events left them, those that stand, by id. */
  spikes(): Spike[]
  stop(): Promise<void>
}

/** Throws at `stop` when an event came twice or out of order, or the desk had forgotten what lay between. */
export function startFollower(api: string): Follower {
  const stopping = new AbortController()
  const spikes = new Map<string, Spike>()
  const problems: string[] = []
  let last: string | null = null

  function take(message: string): void {
    const fields = new Map(
      message.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string | undefined]),
    )
    const id = fields.get('id')
    if (id !== undefined) {
      const event = fields.get('event')
      if (event !== undefined && last !== null && Number(id) <= Number(last))
        problems.push(`event ${id} came after ${last}`)
      last = id
    }
    if (fields.get('event') === 'reset') problems.push(`reset: ${fields.get('data')}`)
    if (fields.get('event') !== 'spike') return
    const { spike } = JSON.parse(fields.get('data')!) as { spike: Spike }
    spikes.set(String(spike['id']), spike)
  }

  async function follow(): Promise<void> {
    const headers = last === null ? {} : { 'last-event-id': last }
    const response = await fetch(`${api}api/live`, { headers, signal: stopping.signal })
    if (!response.ok || response.body === null) return
    let text = ''
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      text += piece
      const messages = text.split('\n\n')
      text = messages.pop()!
      for (const message of messages) take(message)
    }
  }

  const following = (async () => {
    while (!stopping.signal.aborted) {
      await follow().catch((error: unknown) => {
        // The desk is away, or was killed in the middle of a message: that is what this is about.
        if (!(error instanceof Error)) throw error
      })
      await sleep(RETRY_MS)
    }
  })()
  return {
    spikes: () => [...spikes.values()],
    async stop() {
      stopping.abort()
      await following
      if (problems.length > 0) throw new Error(`The page saw: ${problems.join('; ')}`)
    },
  }
}
