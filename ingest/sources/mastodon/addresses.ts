/** Which post a server means by its own number. */

/** A day of a busy server's statuses; a deletion later than that is of nothing known, unless the post is at home there. */
const REMEMBERED_MIN = 100_000

export interface Addresses {
  remember(localId: string | null, id: string): void
  /** The post's id: as remembered, else as if the post were at home there, where both are the same. */
  find(localId: string): string
}

/** Two generations, of which the older is dropped as a whole. */
export function createAddresses(host: string): Addresses {
  let older = new Map<string, string>()
  let newer = new Map<string, string>()
  return {
    remember(localId, id) {
      if (localId === null) return
      newer.set(localId, id)
      if (newer.size < REMEMBERED_MIN) return
      older = newer
      newer = new Map()
    },
    find: (localId) =>
      newer.get(localId) ?? older.get(localId) ?? `mastodon:${host}/${localId.slice(0, 200)}`,
  }
}
