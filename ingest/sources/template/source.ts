/**
 * A source to copy, for a network whose API is asked with a key, page after page: as those of YouTube, Reddit, X, Telegram
 * and TikTok are. It follows an API made up for it, as small as such an API can be, and whole: everything that a source owes
 * is here (docs/sources.md, "Other networks"), and `tests/conformance/source-template.test.ts` holds it to it. Copy the
 * file, then change what is marked `@NOTE`. It is no source that can be named.
 *
 * The API: `GET /posts?after=CURSOR` with `Authorization: Bearer KEY` gives `{posts, cursor, more}`, oldest first; without
 * `after`, the newest page. A cursor that it no longer knows is 410, a key that it does not take 401.
 */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { createBackoff, sleep } from '../../base/retry.ts'
import type { Change, Coverage, DeadLetter, Post } from '../../contract.ts'
import { capturedWindow, LIVE_WINDOW_MS, type Normalize } from '../../normalize.ts'
import { startOfPayload } from '../dead-letter.ts'
import { checkAddress } from '../net/address.ts'
import { requestBytes, type Answer } from '../net/http.ts'
import { createRecent } from '../net/recent.ts'
import { readRest } from '../net/refusal.ts'
import { describe } from '../net/web-socket.ts'
import { NO_DRAFT, type Draft } from '../shapes/shape.ts'
import type { Source, SourceBatch } from '../source.ts'
import { createStatus } from '../status.ts'

/** @NOTE A page of this network, with room: what is larger is no answer of it. */
const PAGE_MAX_BYTES = 4 * 1024 * 1024
/** @NOTE What its quota allows, and as late as a spike may be told. */
const INTERVAL_MS = 15_000
const FIRST_RETRY_MS = 5_000
const MAX_RETRY_MS = 5 * 60_000
/** Posts remembered to drop those that come again: some pages. */
const SEEN_MIN = 10_000

/** @NOTE What of a post is needed; all else is left alone. What does not fit is set aside, one by one. */
const postSchema = z.object({
  id: z.string().min(1),
  text: z.string(),
  createdAt: z.string(),
  author: z.string(),
  url: z.string().nullish(),
  lang: z.string().nullish(),
  replyTo: z.string().nullish(),
  deleted: z.boolean().nullish(),
})
const pageSchema = z.object({ posts: z.array(z.unknown()), cursor: z.string(), more: z.boolean() })
type Page = z.infer<typeof pageSchema>

/** It is saved once all before it is stored, and given back as it was; of an older version it may be anything. */
const positionSchema = z.object({
  cursor: z.string().nullable(),
  /** Coverage was told up to here, epoch ms. */
  coveredTo: z.number().int().nullable(),
})
type Position = z.infer<typeof positionSchema>
const START: Position = { cursor: null, coveredTo: null }

export interface TemplateSourceOptions {
  /** https, or http on this machine. */
  url: string
  /** The key: from the environment, never from an address, a status or a log. */
  key: string
  normalize: Normalize
  intervalMs?: number
  firstRetryMs?: number
  /** Longest silence of the server. */
  patienceMs?: number
  wallClock?: () => number
  random?: () => number
}

/** Makes the source. Throws SourceError `bad_spec` for an address without TLS. */
export function createTemplateSource(options: TemplateSourceOptions): Source {
  const { normalize, intervalMs = INTERVAL_MS, wallClock = Date.now, random = Math.random } = options
  const { origin, host } = new URL(checkAddress(options.url, 'http'))
  /** @NOTE Also the prefix of the posts' ids, which must be the same whenever and by whomever a post is read. */
  const name = `template:${host}`
  const status = createStatus(name, wallClock)
  const seen = createRecent(SEEN_MIN)

  /** @NOTE How the network is asked. The request goes by the proxy and ends by itself; its body has a bound. */
  function ask({ cursor }: Position, signal: AbortSignal): Promise<Answer> {
    const url = new URL('/posts', origin)
    if (cursor !== null) url.searchParams.set('after', cursor)
    const { patienceMs } = options
    return requestBytes(url.href, {
      maxBytes: PAGE_MAX_BYTES,
      headers: { Authorization: `Bearer ${options.key}` },
      signal,
      ...(patienceMs === undefined ? {} : { patienceMs }),
    })
  }

  /** @NOTE A post as it is written there; `normalize` decides what it may hold. */
  function toDraft(post: z.infer<typeof postSchema>): Draft {
    return {
      ...NO_DRAFT,
      id: `${name}/${post.id}`,
      text: post.text,
      createdAt: post.createdAt,
      account: `${post.author}@${host}`,
      url: post.url ?? null,
      langs: post.lang == null ? [] : [post.lang],
      replyTo: post.replyTo == null ? null : `${name}/${post.replyTo}`,
    }
  }

  /** Pulled: it asks for the next page when this one was taken. It throws for nothing that the network does. */
  async function* read(saved: unknown, signal: AbortSignal): AsyncGenerator<SourceBatch, void> {
    const parsed = positionSchema.safeParse(saved)
    let position = parsed.success ? parsed.data : START
    const backoff = createBackoff({
      firstMs: options.firstRetryMs ?? FIRST_RETRY_MS,
      maxMs: MAX_RETRY_MS,
      random,
    })
    status.set('starting', `Asking ${host}.`)
    while (!signal.aborted) {
      let wait = intervalMs * (0.8 + 0.4 * random())
      try {
        const answer = await ask(position, signal)
        const now = wallClock()
        if (answer.status === 200 || answer.status === 410) {
          const { batch, next, more } = readAnswer(answer, position, now)
          position = next
          if (more) wait = 0
          backoff.reset()
          status.set('running', `Following ${host}.`)
          yield batch
        } else {
          wait = Math.max(backoff.next(), readRest(answer, now) ?? 0)
          status.set(
            'unreachable',
            `${host} ${refusalOf(answer.status)}. Trying again in ${inSeconds(wait)}.`,
          )
        }
      } catch (error) {
        if (signal.aborted) return
        wait = backoff.next()
        const why = error instanceof Error ? describe(error) : String(error)
        status.set('unreachable', `${host} cannot be reached (${why}). Trying again in ${inSeconds(wait)}.`)
      }
      await sleep(wait, signal)
    }
  }

  /** The position that comes with a batch never runs ahead of it: what is not told yet is asked for again. */
  function readAnswer({ status, body }: Answer, before: Position, now: number) {
    const coverage = (kind: 'complete' | 'none'): Coverage[] =>
      before.coveredTo === null || now <= before.coveredTo
        ? []
        : [{ source: name, from: before.coveredTo, to: now, kind, share: kind === 'none' ? 0 : 1 }]
    if (status === 410) {
      // Where it stood is forgotten there: what came since was not seen, and is told as such.
      const next: Position = { cursor: null, coveredTo: now }
      return { batch: { ...nothing(next), coverage: coverage('none') }, next, more: true }
    }
    const page = parsePage(body)
    if (page === null) {
      const deadLetters = [setAside(body, now, 'The answer is no page of posts.')]
      return { batch: { ...nothing(before), deadLetters, received: 1 }, next: before, more: false }
    }
    // As long as there is more, nothing is known of the time up to now.
    const told = page.more ? [] : coverage('complete')
    const next: Position = { cursor: page.cursor, coveredTo: page.more ? before.coveredTo : now }
    return {
      batch: { ...readPage(page, before, now), coverage: told, position: next },
      next,
      more: page.more,
    }
  }

  function readPage(
    page: Page,
    { coveredTo }: Position,
    now: number,
  ): Omit<SourceBatch, 'coverage' | 'position'> {
    const posts: Post[] = []
    const changes: Change[] = []
    const deadLetters: DeadLetter[] = []
    let duplicates = 0
    // After an outage old posts are new here.
    const window = capturedWindow(now, (coveredTo ?? now) - LIVE_WINDOW_MS)
    for (const item of page.posts) {
      const payload = Buffer.from(JSON.stringify(item) ?? '')
      const parsed = postSchema.safeParse(item)
      if (!parsed.success) {
        deadLetters.push(setAside(payload, now, `The post is none: ${z.prettifyError(parsed.error)}`))
        continue
      }
      const draft = toDraft(parsed.data)
      if (parsed.data.deleted === true) {
        changes.push({ source: name, of: 'post', subject: draft.id, change: 'deleted', at: now })
        continue
      }
      if (!seen.add(draft.id)) {
        duplicates += 1
        continue
      }
      const made = normalize(draft, { source: name, capturedAt: now, window, payload })
      if (made.ok) posts.push(made.post)
      else deadLetters.push({ ...setAside(payload, now, made.detail), reason: made.reason })
    }
    return { posts, changes, deadLetters, received: page.posts.length, duplicates, progress: null }
  }

  function setAside(payload: Buffer, capturedAt: number, detail: string): DeadLetter {
    const id = `${name}#${hash('sha256', payload, 'hex').slice(0, 32)}`
    return { id, source: name, reason: 'unknown_shape', detail, payload: startOfPayload(payload), capturedAt }
  }

  return { name, live: true, status: () => status.get(), read }
}

function nothing(position: Position): SourceBatch {
  return { posts: [], deadLetters: [], coverage: [], received: 0, position, progress: null }
}

function parsePage(body: Buffer): Page | null {
  try {
    return pageSchema.safeParse(JSON.parse(body.toString('utf8'))).data ?? null
  } catch {
    // The caller sets it aside.
    return null
  }
}

function refusalOf(status: number): string {
  if (status === 401 || status === 403)
    return `does not take the key (${status}): it may have expired, or lack a right`
  if (status === 429) return 'wants to be asked less often (429)'
  return `answers with ${status}`
}

function inSeconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1_000))} s`
}
