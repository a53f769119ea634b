/** A page that follows the desk: what it is shown, and when. */
import { FailedError } from '../../command.ts'
import { statusSchema, type ArrivedPost, type LiveEvent, type Spike, type Status } from '../../../contract.ts'

export interface Shown {
  /** When it came here, epoch ms. */
  at: number
  status: Status
}

export interface Page {
  /** One for each clock, as they came. */
  shown: readonly Shown[]
  /** By the spike's id: when it was shown first. */
  alarms: ReadonlyMap<string, { at: number; spike: Spike }>
  /** By the flagged post's id: when it was told, and when it had arrived; epoch ms. */
  posts: ReadonlyMap<string, { at: number; capturedAt: number }>
  /** Every minute that ends at or before this (epoch ms) is sealed, and what follows from it told. */
  toldThrough(): number
  /** Throws where it follows no more: it would be shown nothing for ever. */
  check(): void
  stop(): Promise<void>
}

export function openLive(url: string): Page {
  const shown: Shown[] = []
  const alarms = new Map<string, { at: number; spike: Spike }>()
  const posts = new Map<string, { at: number; capturedAt: number }>()
  let toldThrough = -Infinity
  const stopping = new AbortController()

  function take(block: string): void {
    const event = /^event: (.+)$/m.exec(block)?.[1]
    const data = /^data: (.+)$/m.exec(block)?.[1]
    if (data === undefined) return
    const at = Date.now()
    if (event === 'clock') shown.push({ at, status: statusSchema.parse(JSON.parse(data)) })
    if (event === 'posts') {
      for (const { id, capturedAt } of (JSON.parse(data) as { posts: ArrivedPost[] }).posts) {
        if (posts.has(id)) throw new Error(`the post ${id} was told twice`)
        posts.set(id, { at, capturedAt })
      }
    }
    if (event === 'sealed') {
      const { to } = JSON.parse(data) as Extract<LiveEvent, { type: 'sealed' }>
      toldThrough = Math.max(toldThrough, to)
    }
    if (event !== 'spike') return
    const { spike } = JSON.parse(data) as { spike: Spike }
    if (!alarms.has(spike.id)) alarms.set(spike.id, { at, spike })
  }

  async function follow(): Promise<void> {
    const response = await fetch(`${url}api/live`, { signal: stopping.signal })
    if (!response.ok || response.body === null) throw new FailedError(`/api/live answered ${response.status}`)
    let text = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) take(block)
    }
    throw new FailedError('the desk ended /api/live')
  }

  let failure: { error: unknown } | null = null
  const following = follow().catch((error: unknown) => {
    if (!stopping.signal.aborted) failure = { error }
  })
  const check = (): void => {
    if (failure !== null) throw failure.error
  }
  return {
    shown,
    alarms,
    posts,
    toldThrough: () => toldThrough,
    check,
    async stop() {
      stopping.abort()
      await following
      check()
    },
  }
}
