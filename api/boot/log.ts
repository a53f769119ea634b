/** The log of what goes wrong meanwhile: structured lines on stderr, never with a post's text. */
import pino from 'pino'

export type ReportError = (error: unknown) => void

/** The same message is told once, and again only after this long. */
const REPEAT_AFTER_MS = 60_000

export function createErrorLog(): ReportError {
  const log = pino({ name: 'tallywatch', base: null }, pino.destination({ fd: 2, sync: true }))
  const told = new Map<string, number>()
  return (error) => {
    const message = error instanceof Error ? error.message : String(error)
    const last = told.get(message)
    const now = performance.now()
    if (last !== undefined && now - last < REPEAT_AFTER_MS) return
    if (told.size > 1_000) told.clear()
    told.set(message, now)
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    log.error({ code, err: code === undefined ? error : undefined }, message)
  }
}
