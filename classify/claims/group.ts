/**
 * Claims: wordings whose sketches resemble each other. They are formed when they are read, from the set of wordings
 * alone, so that they are the same whatever the order in which posts came and whoever judged them.
 *
 * Wordings are taken in the order in which they were first said. Each joins the claim whose first wording it resembles
 * most, or begins a claim of its own. So a claim cannot drift, step by step, from its first wording to another claim,
 * and what is said later changes nothing of what was together before.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createBands } from './bands.ts'
import { DIGITS, SIZE_STEP, SKETCH_HASHES } from './sketch.ts'

/** One text, whoever posted it. */
export interface Wording {
  /** Its text key. */
  key: string
  /** See `sketchOf`; empty: resembles nothing. */
  sketch: string
  /** A denial is never put together with what it denies, however alike their words. */
  denies: boolean
  /** When it was first posted, epoch ms. */
  first: number
}

/**
 * The resemblance (shared groups of letters, of all groups of both) from which two wordings are one claim. In a short
 * text one word makes another claim of it (who is said to steal); a long one is copied with words before, after and
 * between.
 */
const SHORT = { letters: 48, resemblance: 0.8 }
const LONG = { letters: 120, resemblance: 0.4 }

/** Two unlike hashes have the same six bits this often. */
const CHANCE = 1 / DIGITS.length

/** For the first character of a sketch, its text's size: the equal hashes that the resemblance wanted makes. */
const EQUAL_MIN = new Map(
  Array.from(DIGITS, (digit, size) => [digit, equalWanted(size * SIZE_STEP)] as const),
)

function equalWanted(letters: number): number {
  const beyond = (letters - SHORT.letters) / (LONG.letters - SHORT.letters)
  const wanted = SHORT.resemblance + (LONG.resemblance - SHORT.resemblance) * Math.min(1, Math.max(0, beyond))
  return Math.ceil(SKETCH_HASHES * (wanted + (1 - wanted) * CHANCE))
}

/** Wordings between two turns of the event loop: some 10 ms, so that others are answered meanwhile. */
const TURN = 100

/** For each wording's key the key of the first wording of its claim. Memory is some 800 bytes a wording. */
export async function groupWordings(wordings: readonly Wording[]): Promise<Map<string, string>> {
  const ordered = wordings.toSorted(earlier)
  const bands = createBands(ordered.length)
  const claims = new Map<string, string>()
  for (const [number, wording] of ordered.entries()) {
    const first = mostAlike(wording, ordered, bands.sharing(wording.sketch))
    claims.set(wording.key, (first ?? wording).key)
    if (first === null) bands.enter(wording.sketch, number)
    if (number % TURN === TURN - 1) await nextTurn()
  }
  return claims
}

/** By time, then by key: an order of the wordings themselves, not of their arrival. */
function earlier(a: Wording, b: Wording): number {
  return a.first - b.first || (a.key < b.key ? -1 : 1)
}

/** The one that resembles it most, of equals the earlier; null where none is alike enough. */
function mostAlike(
  wording: Wording,
  ordered: readonly Wording[],
  candidates: ReadonlySet<number>,
): Wording | null {
  let best: number | null = null
  let most = 0
  for (const number of candidates) {
    const candidate = ordered[number]!
    if (candidate.denies !== wording.denies) continue
    const equal = equalHashes(wording.sketch, candidate.sketch)
    if (equal < most || equal < wantedOf(wording) || equal < wantedOf(candidate)) continue
    if (best === null || equal > most || number < best) {
      best = number
      most = equal
    }
  }
  return best === null ? null : ordered[best]!
}

function wantedOf({ sketch }: Wording): number {
  return EQUAL_MIN.get(sketch[0]!)!
}

function equalHashes(a: string, b: string): number {
  let equal = 0
  for (let i = 1; i <= SKETCH_HASHES; i++) if (a.charCodeAt(i) === b.charCodeAt(i)) equal++
  return equal
}
