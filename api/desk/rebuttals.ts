/**
 * Rebuttals: an office's answers, each the sum of its entries in the ledger. Nothing is published that two people did
 * not read: one drafts, another approves; a correction names both at once.
 */
import type { z } from 'zod'
import type { correctionSchema, LiveEvent, Rebuttal } from '../contract.ts'
import type { DeskDb } from './db.ts'
import { DeskError } from './errors.ts'
import { applyEntry, slugOf } from './fold.ts'
import { appendEntry, GENESIS_HASH, readEntries, sealEntry, type LedgerBody } from './ledger.ts'
import { appendEvents, type LiveHub } from './live.ts'

/** Each lost race means that another entry was written, so that somebody always gets on; this many in a row is a fault. */
const APPEND_TRIES = 50

/** Who does it, by the name they give, and when (wall clock, epoch ms). */
export interface Act {
  by: string
  at: number
}

/** A draft whose narrative, place and office are known. */
export type RebuttalDraft = Pick<
  Rebuttal,
  'spikeId' | 'narrative' | 'place' | 'office' | 'claim' | 'text' | 'link' | 'rating'
>
export type Correction = Omit<z.output<typeof correctionSchema>, 'correctedBy'>

export interface RebuttalFilter {
  /** Those that were written to one of these spikes. */
  spikeIds?: readonly string[] | undefined
  state?: Rebuttal['state'] | undefined
}

export interface Rebuttals {
  /** Newest draft first. */
  list(filter?: RebuttalFilter): Promise<Rebuttal[]>
  get(id: string): Promise<Rebuttal | null>
  getBySlug(slug: string): Promise<Rebuttal | null>
  /** Throws DeskError `bad_link` for a link that is not https (http only to this machine). */
  draft(draft: RebuttalDraft, act: Act): Promise<Rebuttal>
  /** Throws DeskError `same_person` where the name is the drafter's; like those below, `not_found` and `wrong_state`. */
  approve(id: string, act: Act): Promise<Rebuttal>
  /** `clock`: now on the night's own clock, from which the effect is counted. */
  publish(id: string, act: Act & { clock: number | null }): Promise<Rebuttal>
  /** Throws DeskError `same_person` where the second reader is the one who corrects. */
  correct(id: string, correction: Correction, act: Act): Promise<Rebuttal>
  withdraw(id: string, act: Act & { reason: string }): Promise<Rebuttal>
}

export interface RebuttalsOptions {
  db: DeskDb
  live: LiveHub
  newId: () => string
}

export function createRebuttals({ db, live, newId }: RebuttalsOptions): Rebuttals {
  const byId = new Map<string, Rebuttal>()
  let seq = 0
  let head = GENESIS_HASH
  // One at a time: reading on and writing both move `seq` and `head`.
  let queue: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work)
    queue = turn.catch(() => undefined)
    return turn
  }

  /** Reads the entries that other processes, or this one, wrote since the last time. */
  async function catchUp(): Promise<void> {
    for (;;) {
      const entries = await readEntries(db, seq)
      for (const entry of entries) {
        byId.set(entry.rebuttal, applyEntry(byId.get(entry.rebuttal) ?? null, entry))
        seq = entry.seq
        head = entry.hash
      }
      if (entries.length === 0) return
    }
  }

  /**
   * Appends an entry that `decide` makes from the state of things; decided again where another writer came first, which
   * the ledger's running numbers make known.
   */
  function append(
    id: string,
    { by, at }: Act,
    decide: (now: Rebuttal | null) => LedgerBody,
  ): Promise<Rebuttal> {
    return inTurn(async () => {
      for (let tries = 0; tries < APPEND_TRIES; tries++) {
        await catchUp()
        const now = byId.get(id) ?? null
        const entry = sealEntry({
          seq: seq + 1,
          rebuttal: id,
          actor: by,
          at,
          body: decide(now),
          prevHash: head,
        })
        const rebuttal = applyEntry(now, entry)
        const event: LiveEvent = { type: 'rebuttal', rebuttal }
        try {
          await db.batch([appendEntry(db, entry), ...appendEvents(db, [event])])
        } catch (error) {
          if (isConflict(error)) continue
          throw error
        }
        await catchUp()
        live.wake()
        return byId.get(id)!
      }
      throw new DeskError('busy', 'too many people write to the ledger at once: try again')
    })
  }

  async function read<T>(pick: (all: ReadonlyMap<string, Rebuttal>) => T): Promise<T> {
    return inTurn(async () => {
      await catchUp()
      return pick(byId)
    })
  }

  return {
    list: ({ spikeIds, state } = {}) =>
      read((all) =>
        [...all.values()]
          .filter(
            (one) =>
              (spikeIds === undefined || (one.spikeId !== null && spikeIds.includes(one.spikeId))) &&
              (state === undefined || one.state === state),
          )
          .reverse(),
      ),
    get: (id) => read((all) => all.get(id) ?? null),
    getBySlug: (slug) => read((all) => [...all.values()].find((one) => one.slug === slug) ?? null),
    async draft(draft, act) {
      checkLink(draft.link)
      const id = newId()
      const { spikeId, narrative, place, office, claim, text, link, rating } = draft
      const slug = slugOf(claim, id)
      return append(id, act, () => ({
        action: 'drafted',
        slug,
        spikeId,
        narrative,
        place,
        office,
        claim,
        text,
        link,
        rating,
      }))
    },
    approve: (id, act) =>
      append(id, act, (now) => {
        const draft = expect(now, id, ['drafted'], 'approved')
        checkOther(act.by, draft.draftedBy, 'approve what you drafted yourself')
        return { action: 'approved' }
      }),
    publish: (id, act) =>
      append(id, act, (now) => {
        expect(now, id, ['approved'], 'published')
        return { action: 'published', clock: act.clock }
      }),
    async correct(id, correction, act) {
      const { claim, text, link, rating, approvedBy, note } = correction
      if (link !== undefined) checkLink(link)
      return append(id, act, (now) => {
        const old = expect(now, id, ['published', 'corrected'], 'corrected')
        checkOther(act.by, approvedBy, 'approve your own correction')
        return {
          action: 'corrected',
          approvedBy,
          note,
          claim: claim ?? old.claim,
          text: text ?? old.text,
          link: link ?? old.link,
          rating: rating ?? old.rating,
        }
      })
    },
    withdraw: (id, act) =>
      append(id, act, (now) => {
        expect(now, id, ['drafted', 'approved', 'published', 'corrected'], 'withdrawn')
        return { action: 'withdrawn', reason: act.reason }
      }),
  }
}

function expect(now: Rebuttal | null, id: string, states: Rebuttal['state'][], next: string): Rebuttal {
  if (now === null) throw new DeskError('not_found', `there is no rebuttal ${id}`)
  if (states.includes(now.state)) return now
  throw new DeskError(
    'wrong_state',
    `this rebuttal is ${now.state}; only one that is ${states.join(' or ')} can be ${next}`,
  )
}

/** A name without what the eye does not tell apart: case, spaces, compatibility forms, invisible characters. */
const seenName = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s\p{Cf}]+/gu, '')

function checkOther(one: string, other: string, what: string): void {
  if (seenName(one) !== seenName(other)) return
  throw new DeskError('same_person', `you cannot ${what}: a second person has to read it`)
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

function checkLink(link: string): void {
  const url = URL.canParse(link) ? new URL(link) : null
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname))
  if (!safe || url.username !== '' || url.password !== '') {
    throw new DeskError('bad_link', 'the link must begin with https:// and hold no user name or password')
  }
}

function isConflict(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes('ledger_conflict')) return true
  }
  return false
}
