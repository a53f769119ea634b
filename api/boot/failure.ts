/** Tells errors that pass from those that do not. */
import { ThreadError } from '../../classify/model/classifier-thread.ts'
import { StoreError } from '../../classify/store/store.ts'
import type { ReportError } from './log.ts'

/** `failed` rejects with the first error that no retry mends; the others are told, and what failed is tried again. */
export function watchForFailure(tell: ReportError): { failed: Promise<never>; onError: ReportError } {
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => (fail = reject))
  // Whoever does not race against it has been told all the same.
  void Promise.allSettled([failed])
  const onError: ReportError = (error) => {
    if (error instanceof ThreadError || (error instanceof StoreError && error.code === 'disk_full'))
      fail(error)
    tell(error)
  }
  return { failed, onError }
}
