/**
 * Which claim each text belongs to, over everything that is stored: so a claim has one id in every spike, list and
 * export. Nothing of it is stored; it is formed from the texts' sketches when somebody asks (classify/claims/group.ts).
 */
import { groupWordings, type Wording } from '../../classify/claims/group.ts'
import { param, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'

/**
 * Distinct texts that are compared: some 50 MB and three seconds for all of them. A night of 85,000 posts has 5,000.
 * Beyond it the most repeated count, then the newest; of the rest only copies and reposts come together.
 */
const TEXTS_MAX = 50_000

/** What was read is used this many times as long as reading it took: at most a tenth of the time goes into it. */
const USE_FACTOR = 10

export interface ClaimIndex {
  /** Id of the claim that a text (by its key) belongs to. */
  idOf(textKey: string): string
  /** Keys of the texts of a claim: its own where nothing else is known of it. */
  keysOf(id: string): readonly string[]
}

export interface Claims {
  /** As of now, or of a moment ago. Throws StoreError. */
  read(): Promise<ClaimIndex>
}

/** `now`: a clock in ms that nobody sets. Requests at the same time share one reading. */
export function createClaims(store: Pick<Store, 'stream'>, now: () => number): Claims {
  let reading: Promise<ClaimIndex> | null = null
  let usedUntil = 0

  async function readAnew(): Promise<ClaimIndex> {
    const start = now()
    usedUntil = Infinity
    try {
      return toIndex(await groupWordings(await readWordings(store)))
    } catch (error) {
      reading = null
      throw error
    } finally {
      usedUntil = now() + USE_FACTOR * (now() - start)
    }
  }

  return {
    read() {
      if (reading === null || now() >= usedUntil) reading = readAnew()
      return reading
    },
  }
}

async function readWordings(store: Pick<Store, 'stream'>): Promise<Wording[]> {
  const wordings: Wording[] = []
  const blocks = store.stream<Wording>(sql`
    SELECT toString(text_key) AS key, max(posts.sketch) AS sketch, max(stance = 'debunks') = 1 AS denies,
      toFloat64(toUnixTimestamp64Milli(min(created_at))) AS first
    FROM posts FINAL WHERE notEmpty(narratives) GROUP BY text_key ORDER BY count() DESC, first DESC, key LIMIT ${param.int(TEXTS_MAX)}`)
  for await (const block of blocks) wordings.push(...block)
  return wordings
}

function toIndex(firsts: ReadonlyMap<string, string>): ClaimIndex {
  const keys = new Map<string, string[]>()
  for (const [key, first] of firsts) {
    const known = keys.get(first)
    if (known === undefined) keys.set(first, [key])
    else known.push(key)
  }
  return {
    idOf: (textKey) => toId(firsts.get(textKey) ?? textKey),
    keysOf: (id) => keys.get(toKey(id)) ?? [toKey(id)],
  }
}

/** `c` and the key of the claim's first text in hexadecimal: a spreadsheet takes it for no number. */
export const CLAIM_ID = /^c[0-9a-f]{16}$/

function toId(textKey: string): string {
  return `c${BigInt(textKey).toString(16).padStart(16, '0')}`
}

function toKey(id: string): string {
  return BigInt(`0x${id.slice(1)}`).toString()
}
