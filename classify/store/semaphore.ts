/** Lets a number of holders in at once, the rest in the order in which they came. */
export interface Semaphore {
  acquire(): Promise<Disposable>
}

export function createSemaphore(holders: number): Semaphore {
  let free = holders
  const waiting: (() => void)[] = []
  const release = () => {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
  return {
    async acquire() {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      let held = true
      return {
        [Symbol.dispose]() {
          if (held) release()
          held = false
        },
      }
    },
  }
}
