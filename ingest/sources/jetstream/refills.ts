/**
 * Repositories that are given again as a whole. After a `sync` the second version of Jetstream gives all of one, as if it
 * were written now; whatever of it is old is no talk of today. All of it bears the revision that the `sync` names; what is
 * written later bears another.
 */
import { hash } from 'node:crypto'
import { fieldsOf, type Fields } from '../shapes/shape.ts'

/** One takes minutes, however large and however busy the server. */
const KEPT_MS = 60 * 60_000
/** That many at once were never seen; with them a position has 80 kB, and it is saved twice a second. */
export const REFILLS_MAX = 5_000
/** Characters of a digest, 72 bits. */
const NAME_LENGTH = 12

export interface Refills {
  /** Takes a `sync` of `at`, by the stream's clock, epoch ms. */
  note(frame: Fields, at: number): void
  /** Whether the commit is of one of them. */
  has(frame: Fields): boolean
  /** Their names, oldest first, for the position: what comes after a restart is known by them. */
  names(): string[]
}

/** Goes on with those of `start`. */
export function createRefills(start: readonly string[]): Refills {
  /** Until when each is remembered, oldest first; null until the clock is known. */
  const known = new Map<string, number | null>(start.map((name) => [name, null]))

  function forget(at: number): void {
    for (const [name, until] of known) {
      if (known.size > REFILLS_MAX || (until !== null && until < at)) known.delete(name)
      else if (until === null) known.set(name, at + KEPT_MS)
    }
  }

  return {
    note(frame, at) {
      const name = nameOf(frame)
      known.delete(name)
      known.set(name, at + KEPT_MS)
      forget(at)
    },
    has: (frame) => known.size > 0 && known.has(nameOf(frame)),
    names: () => [...known.keys()],
  }
}

/** The account, and the revision of its repository that a `sync` names or a commit bears. */
function nameOf(frame: Fields): string {
  const { rev } = fieldsOf(frame['sync']) ?? fieldsOf(frame['commit']) ?? {}
  return hash('sha256', `${String(frame['did'])} ${String(rev)}`, 'base64url').slice(0, NAME_LENGTH)
}
