/** The log: structured lines on stderr, never with a post's text. */
import pino, { type DestinationStream, type Logger } from 'pino'
import { placesOf, redact } from './redact.ts'

export type ReportError = (error: unknown) => void

/** The same message is told once, and again only after this long. */
const REPEAT_AFTER_MS = 60_000
/** Different messages that are remembered; past this all may be told again. */
const TOLD_MAX = 1_000

export interface Log {
  /** For errors that are told here and nowhere else. */
  onError: ReportError
  /** For what is unsafe and does not stop anything. */
  warn: (text: string) => void
}

/** `to`: stderr unless told. */
export function createLog(to: DestinationStream = pino.destination({ fd: 2, sync: true })): Log {
  const log = pino({ base: { name: 'tallywatch' } }, to)
  const isNews = createMemory()
  return {
    onError: (error) => writeError(log, error, isNews),
    warn: (text) => {
      if (isNews(text)) log.warn(text)
    },
  }
}

export function createErrorLog(): ReportError {
  return createLog().onError
}

function createMemory(): (message: string) => boolean {
  const told = new Map<string, number>()
  return function isNews(message) {
    const last = told.get(message)
    const now = performance.now()
    if (last !== undefined && now - last < REPEAT_AFTER_MS) return false
    if (told.size > TOLD_MAX) told.clear()
    told.set(message, now)
    return true
  }
}

function writeError(log: Logger, error: unknown, isNews: (message: string) => boolean): void {
  const message = redact(error instanceof Error ? error.message : String(error))
  if (!isNews(message)) return
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  // An error with a code was foreseen; of another, where it was thrown helps whoever mends it.
  const at = code === undefined && error instanceof Error ? placesOf(error) : undefined
  log.error({ code, type: error instanceof Error ? error.name : undefined, at }, message)
}
