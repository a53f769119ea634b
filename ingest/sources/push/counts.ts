/** What pushes brought, gathered until the source tells it. */

export interface PushCounts {
  received: number
  accepted: number
  /** Sent again under a key that was answered. */
  duplicate: number
  dead: number
  /** Newest time of a post, epoch ms. */
  lastEventAt: number | null
}

const NOTHING: PushCounts = { received: 0, accepted: 0, duplicate: 0, dead: 0, lastEventAt: null }

export interface Pending {
  add(counts: PushCounts): void
  /** What was added since the last time, as a batch of a source has it. */
  take(): {
    received: number
    duplicates: number
    elsewhere: Pick<PushCounts, 'accepted' | 'dead' | 'lastEventAt'>
  }
}

export function createPending(): Pending {
  let pending = NOTHING
  return {
    add({ received, accepted, duplicate, dead, lastEventAt }) {
      pending = {
        received: pending.received + received,
        accepted: pending.accepted + accepted,
        duplicate: pending.duplicate + duplicate,
        dead: pending.dead + dead,
        lastEventAt: Math.max(lastEventAt ?? 0, pending.lastEventAt ?? 0) || null,
      }
    },
    take() {
      const { received, duplicate: duplicates, ...elsewhere } = pending
      pending = NOTHING
      return { received, duplicates, elsewhere }
    },
  }
}
