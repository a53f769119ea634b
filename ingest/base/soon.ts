/** For probes, scrapes and leave-taking: an answer within some seconds, or none. */
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 3_000

/** What was asked, or `otherwise` where it fails or takes too long. */
export async function soon<T>(asked: Promise<T>, otherwise: T, patienceMs = PATIENCE_MS): Promise<T> {
  const late = new AbortController()
  const timeout = sleep(patienceMs, otherwise, { signal: late.signal }).catch(() => otherwise)
  const answer = await Promise.race([asked.catch(() => otherwise), timeout])
  late.abort()
  return answer
}
