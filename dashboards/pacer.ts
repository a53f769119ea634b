/** Reads again when asked, never twice at once. */
export interface Pacer {
  /** Work begins in `ms`, or with the work that is already waiting. */
  ask(ms: number): void
  stop(): void
}

/** Runs `work` one at a time; what is asked for while it runs is done after it, once. `work` must not reject. */
export function createPacer(work: () => Promise<void>): Pacer {
  let timer: ReturnType<typeof setTimeout> | undefined
  let busy = false
  let asked: number | null = null
  let stopped = false

  function ask(ms: number): void {
    if (stopped) return
    if (busy) asked = Math.min(asked ?? ms, ms)
    else if (timer === undefined) timer = setTimeout(() => void run(), ms)
  }

  async function run(): Promise<void> {
    timer = undefined
    busy = true
    await work()
    busy = false
    if (asked === null) return
    const ms = asked
    asked = null
    ask(ms)
  }

  return {
    ask,
    stop(): void {
      stopped = true
      clearTimeout(timer)
    },
  }
}
