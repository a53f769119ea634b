export type DeskErrorCode =
  | 'not_found'
  | 'wrong_state'
  | 'same_person'
  | 'bad_link'
  | 'unknown_spike'
  | 'busy'
  | 'newer_version'
  | 'unavailable'

/** What the desk refuses, or cannot do; callers match the code, people read the message. */
export class DeskError extends Error {
  override name = 'DeskError'
  constructor(
    readonly code: DeskErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
