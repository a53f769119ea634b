/** A progress bar on stderr, where that is a terminal. */
import type { Io } from './command.ts'

const WIDTH = 30
const REDRAW_MS = 200

export interface ProgressBar {
  stop(): void
}

/** Redraws `label()` beside the bar; `part()` is 0 to 1, or null where the end is not known. */
export function startProgressBar(
  stderr: Io['stderr'],
  part: () => number | null,
  label: () => string,
): ProgressBar {
  if (stderr.isTTY !== true) return { stop() {} }
  const draw = () => {
    const done = part()
    const filled = Math.round((done ?? 0) * WIDTH)
    const percent = done === null ? '' : `${String(Math.floor(done * 100)).padStart(3)} % `
    stderr.write(`\r\u001b[K${percent}[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${label()}`)
  }
  const timer = setInterval(draw, REDRAW_MS)
  return {
    stop() {
      clearInterval(timer)
      draw()
      stderr.write('\n')
    },
  }
}
