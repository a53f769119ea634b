/** From entries of the ledger to the rebuttal as it stands. */
import type { Rebuttal } from '../contract.ts'
import type { LedgerBody, LedgerEntry } from './ledger.ts'

/** Long enough to say what the page is about, short enough for a post. */
const SLUG_WORDS_MAX = 60
/** With some thousands of rebuttals two ids that begin alike are one chance in thousands, and the words differ too. */
const SLUG_ID_CHARS = 8

/** The end of a page's address: the claim's words, and the start of the id. */
export function slugOf(claim: string, id: string): string {
  const words = claim
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_WORDS_MAX)
    .replaceAll(/^-+|-+$/g, '')
  const tail = id.replaceAll(/[^a-z0-9]/g, '').slice(0, SLUG_ID_CHARS)
  return words === '' ? tail : `${words}-${tail}`
}

/** The rebuttal after this entry. Throws for a first entry that is no draft: the ledger would be broken. */
export function applyEntry(now: Rebuttal | null, entry: LedgerEntry): Rebuttal {
  const { body, at, actor, hash } = entry
  if (body.action === 'drafted') return firstOf(body, entry)
  if (now === null) throw new Error(`entry ${entry.seq} of the ledger follows no draft`)
  // A page and a feed's reader take what is older for what they know already, and clocks are set back.
  const updatedAt = Math.max(at, now.updatedAt)
  const next: Rebuttal = { ...now, state: body.action, updatedAt, entryHash: hash }
  switch (body.action) {
    case 'approved':
      return { ...next, approvedBy: actor }
    case 'published':
      return { ...next, publishedAt: at, publishedClock: body.clock }
    case 'corrected': {
      const { claim, text, link, rating, approvedBy, note } = body
      return { ...next, claim, text, link, rating, approvedBy, note }
    }
    case 'withdrawn':
  }
  return { ...next, note: body.reason }
}

function firstOf(body: Extract<LedgerBody, { action: 'drafted' }>, entry: LedgerEntry): Rebuttal {
  const { action, ...words } = body
  return {
    id: entry.rebuttal,
    state: action,
    ...words,
    draftedBy: entry.actor,
    approvedBy: null,
    draftedAt: entry.at,
    publishedAt: null,
    updatedAt: entry.at,
    publishedClock: null,
    note: null,
    entryHash: entry.hash,
  }
}
