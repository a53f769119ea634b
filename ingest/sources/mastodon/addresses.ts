/** Which post a server means by its own number. */

/** A day of a busy server's statuses; a deletion later than that is of nothing known, unless the post is at home there. */
const REMEMBERED_MIN = 100_000

export interface Addresses {
  /** `isAtHome`: an own account's, whose address tells which name the server goes by. */
  remember(localId: string | null, id: string, isAtHome: boolean): void
  /** The post's id: as remembered, else as if the post were at home there, where both are the same. */
  find(localId: string): string
  /** `mastodon:HOST/`, as the server names itself; null before one of its own posts was seen. */
  home(): string | null
}

/**
 * Two generations, of which the older is dropped as a whole. `host` is how the server is reached, until it is known how
 * it names itself (`known`): behind a proxy, or with accounts under another name, that is not the same.
 */
export function createAddresses(host: string, known: string | null): Addresses {
  let home = known
  let older = new Map<string, string>()
  let newer = new Map<string, string>()
  return {
    home: () => home,
    remember(localId, id, isAtHome) {
      if (isAtHome) home = /^mastodon:[^/]+\//.exec(id)?.[0] ?? home
      if (localId === null) return
      newer.set(localId, id)
      if (newer.size < REMEMBERED_MIN) return
      older = newer
      newer = new Map()
    },
    find: (localId) =>
      newer.get(localId) ?? older.get(localId) ?? `${home ?? `mastodon:${host}/`}${localId.slice(0, 200)}`,
  }
}
