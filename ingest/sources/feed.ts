/** The feed source: polls one RSS, Atom or JSON feed, such as an official's or a fact-checker's. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { createBackoff, sleep } from '../base/retry.ts'
import type { Change, Coverage, DeadLetter, Post } from '../contract.ts'
import { capturedWindow, type Normalize } from '../normalize.ts'
import { startOfPayload } from './dead-letter.ts'
import { decodeFeed } from './feed/decode.ts'
import { parseItems, type Item } from './feed/parse.ts'
import { checkAddress } from './net/address.ts'
import { requestBytes, type Answer } from './net/http.ts'
import { readRest } from './net/refusal.ts'
import { describe } from './net/web-socket.ts'
import { NO_DRAFT } from './shapes/shape.ts'
import type { Source, SourceBatch } from './source.ts'
import { createStatus } from './status.ts'

/** The largest feeds with whole articles are a few megabytes. */
const BODY_MAX_BYTES = 8 * 1024 * 1024
/** Items remembered, to know new and changed ones: more than any feed holds. */
const KNOWN_MAX = 2_000
/** Before the digest of an item that was set aside. */
const ASIDE = '!'
/** No feed is older. */
const FIRST_ITEM = Date.UTC(1999, 0, 1)
/** Whose an item is, with all that lies in it. */
const XML_AUTHOR =
  /<((?:\w+:)?(?:author|creator|contributor|managingEditor|webMaster))\b[^>]*>.*?(?:<\/\1\s*>|$)/gis
/** Longest id of an item that stands in a post's id as it is. */
const ID_MAX = 300

const positionSchema = z.object({
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  /** Digests of items, by digests of their ids, oldest first. */
  known: z.array(z.tuple([z.string(), z.string()])),
  /** When the feed was read last, epoch ms. */
  readAt: z.number().int().nullable(),
})
type FeedPosition = z.infer<typeof positionSchema>

export interface FeedSourceOptions {
  /** https, or http on this machine. */
  url: string
  normalize: Normalize
  /** Mean time between two readings; each is up to a fifth shorter or longer. */
  intervalMs?: number
  firstRetryMs?: number
  /** Longest silence of the server. */
  patienceMs?: number
  wallClock?: () => number
  random?: () => number
}

/**
 * Makes the source. What fell out of the feed between two readings is told as coverage of kind `none`; it is known by
 * nothing of the last reading being there any more. Throws SourceError `bad_spec`.
 */
export function createFeedSource(options: FeedSourceOptions): Source {
  const { normalize, intervalMs = 5 * 60_000, wallClock = Date.now, random = Math.random } = options
  const url = checkAddress(options.url, 'http')
  const { host, pathname, search } = new URL(url)
  const name = `feed:${host}${pathname}${search}`.slice(0, 200)
  const status = createStatus(name, wallClock)
  const backoff = createBackoff({ firstMs: options.firstRetryMs ?? 10_000, maxMs: intervalMs, random })

  function ask(position: FeedPosition, signal: AbortSignal): Promise<Answer> {
    const { etag, lastModified } = position
    const headers = {
      Accept:
        'application/feed+json, application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5',
      ...(etag === null ? {} : { 'If-None-Match': etag }),
      ...(lastModified === null ? {} : { 'If-Modified-Since': lastModified }),
    }
    const { patienceMs } = options
    const patience = patienceMs === undefined ? {} : { patienceMs }
    return requestBytes(url, { maxBytes: BODY_MAX_BYTES, headers, signal, ...patience })
  }

  async function* read(saved: unknown, signal: AbortSignal): AsyncGenerator<SourceBatch, void> {
    const parsed = positionSchema.safeParse(saved)
    let position = parsed.success ? parsed.data : { etag: null, lastModified: null, known: [], readAt: null }
    status.set('starting', `Reading ${host}.`)
    while (!signal.aborted) {
      let wait = intervalMs * (0.8 + 0.4 * random())
      try {
        const answer = await ask(position, signal)
        const now = wallClock()
        if (answer.status === 200 || answer.status === 304) {
          const batch = readAnswer(answer, position, now)
          position = batch.position as FeedPosition
          backoff.reset()
          status.set('running', describeReading(batch))
          yield batch
        } else {
          wait = Math.max(backoff.next(), readRest(answer, now) ?? 0)
          status.set(
            'unreachable',
            `${host} answers with ${answer.status}. Trying again in ${inSeconds(wait)}.`,
          )
        }
      } catch (error) {
        if (signal.aborted) return
        wait = backoff.next()
        const why = error instanceof Error ? describe(error) : String(error)
        status.set('unreachable', `${host} cannot be read (${why}). Trying again in ${inSeconds(wait)}.`)
      }
      await sleep(wait, signal)
    }
  }

  function readAnswer(answer: Answer, before: FeedPosition, now: number): SourceBatch {
    const nothing = { posts: [], deadLetters: [], received: 0, progress: null }
    const whole = coverage(before.readAt, now, 'complete')
    if (answer.status === 304) return { ...nothing, coverage: whole, position: { ...before, readAt: now } }
    let items: Item[]
    try {
      items = parseItems(decodeFeed(answer.body, answer.headers['content-type']))
    } catch (error) {
      // It may be a page of an intruder or of a maintenance: nothing was seen, and the next reading will tell.
      const detail = `This is no feed: ${error instanceof Error ? error.message : String(error)}`
      const id = `${name}#${hash('sha256', answer.body, 'hex').slice(0, 32)}`
      const payload = startOfPayload(answer.body).replaceAll(XML_AUTHOR, '<$1/>')
      const letter: DeadLetter = {
        id,
        source: name,
        reason: 'unknown_shape',
        detail,
        payload,
        capturedAt: now,
      }
      return { ...nothing, deadLetters: [letter], received: 1, coverage: [], position: before }
    }
    return readItems(items, answer, before, now)
  }

  function readItems(items: readonly Item[], answer: Answer, before: FeedPosition, now: number): SourceBatch {
    const known = new Map(before.known)
    const posts: Post[] = []
    const changes: Change[] = []
    const deadLetters: DeadLetter[] = []
    let duplicates = 0
    const overlaps = known.size === 0 || items.length === 0 || items.some(({ id }) => known.has(digest(id)))
    // Oldest first, so that what is remembered longest is what stays in the feed longest.
    for (const item of items.toReversed()) {
      const [key, content] = [digest(item.id), digest(item.html)]
      const whole = JSON.stringify(item)
      const aside = ASIDE + digest(whole)
      const id = postId(host, item.id)
      const had = known.get(key)
      known.delete(key)
      known.set(key, had === aside ? aside : content)
      if (had === content || had === aside) {
        duplicates += 1
        continue
      }
      if (had !== undefined && !had.startsWith(ASIDE)) {
        changes.push({ source: name, of: 'post', subject: id, change: 'edited', at: now })
        continue
      }
      const draft = {
        ...NO_DRAFT,
        id,
        text: item.html,
        html: true,
        createdAt: item.date ?? now,
        url: item.url,
      }
      const made = normalize(
        { ...draft, account: item.author ?? host, langs: item.lang === null ? [] : [item.lang] },
        {
          source: name,
          capturedAt: now,
          window: capturedWindow(now, FIRST_ITEM),
          payload: whole,
        },
      )
      if (made.ok) posts.push(made.post)
      else {
        const { reason, detail } = made
        // It is no post until it is mended, in whatever part of it.
        known.set(key, aside)
        const payload = startOfPayload(Buffer.from(whole))
        deadLetters.push({ id: `${name}#${key}`, source: name, reason, detail, payload, capturedAt: now })
      }
    }
    const { etag, 'last-modified': lastModified } = answer.headers
    const position: FeedPosition = {
      etag: etag ?? null,
      lastModified: lastModified ?? null,
      known: [...known].slice(-KNOWN_MAX),
      readAt: now,
    }
    const seen = coverage(before.readAt, now, overlaps ? 'complete' : 'none')
    const received = items.length
    return { posts, changes, deadLetters, coverage: seen, received, duplicates, position, progress: null }
  }

  function coverage(from: number | null, to: number, kind: 'complete' | 'none'): Coverage[] {
    return from === null || to <= from
      ? []
      : [{ source: name, from, to, kind, share: kind === 'none' ? 0 : 1 }]
  }

  function describeReading({ deadLetters, received }: SourceBatch): string {
    const [bad] = deadLetters
    return bad === undefined
      ? `Reading ${host}: ${received} items last time.`
      : `Reading ${host}: ${bad.detail}`
  }

  return { name, live: true, status: () => status.get(), read }
}

/** An item's id at its host; a long one by its digest. */
function postId(host: string, id: string): string {
  const printable = id.trim()
  return `feed:${host}/${printable.length <= ID_MAX ? printable : digest(printable)}`
}

function digest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 24)
}

function inSeconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1_000))} s`
}
