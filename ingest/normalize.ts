/** From what a source read to a post: one place for what every post must be, whichever source it came from. */
import { hash } from 'node:crypto'
import { compile } from 'html-to-text'
import { TEXT_MAX, type DeadLetterReason, type Mark, type Post } from './contract.ts'
import { createHmacSha256 } from './base/hmac.ts'
import { parseTimestamp } from './base/timestamps.ts'
import { isWellFormed, toWellFormed } from './base/well-formed.ts'

/** A clock may run ahead by this much before its word is doubted; sources' servers and phones are not in step. */
export const AHEAD_MS = 5 * 60_000
/** Live posts older than this when they are captured are imports and backdated posts, not the night's talk. */
export const LIVE_WINDOW_MS = 24 * 60 * 60_000

/** As the contract has them; what is longer is not an id, a link or a place. */
export const ID_MAX = 600
const URL_MAX = 2_000
const PLACE_MAX = 200
/** Longer than any content id in use. */
const CID_MAX = 300
/** More languages than one post is written in. */
const LANGS_MAX = 8
/** Ten times the text that is kept; HTML beyond it only costs time. */
const HTML_MAX = 10 * TEXT_MAX
/** Deeper HTML than this is made to exhaust the reader, not to be read. */
const HTML_DEPTH_MAX = 100

/** Which claimed times are believed, and what stands in place of the others. Epoch ms. */
export interface TimeWindow {
  from: number
  to: number
  /** Null: nothing is known that could stand in its place, and the post is set aside. */
  instead: number | null
}

/** What the payload says of one post, as the source writes it. Ids are whole: `bluesky:<did>/<rkey>`. */
export interface RawPost {
  id: string
  text: string | null
  /** The text is HTML. */
  html?: boolean
  /** Any form that `parseTimestamp` reads. */
  createdAt: unknown
  /** The account as the source names it; only its HMAC is kept. */
  account: string | null
  url: string | null
  langs: readonly string[]
  replyTo: string | null
  repostOf: string | null
  quoteOf: string | null
  placeHint: string | null
  cid: string | null
}

/** How the source came by it. */
export interface Capture {
  source: string
  /** Epoch ms; null: the same as `createdAt`, for recordings that do not say. */
  capturedAt: number | null
  window: TimeWindow
  /** The original, for its hash. */
  payload: string | Uint8Array
  /** The payload held bytes that are not UTF-8. */
  invalidUtf8?: boolean
}

export type Normalized = { ok: true; post: Post } | { ok: false; reason: DeadLetterReason; detail: string }

export interface Normalize {
  (raw: RawPost, capture: Capture): Normalized
  /** The name that an account has in posts: its HMAC-SHA-256 in hex. */
  author(account: string): string
}

export interface NormalizerOptions {
  /** The installation's key: the same account gets the same HMAC in this installation, and another elsewhere. */
  authorKey: Buffer | string
  /** Gives the HMAC of an account that is hashed already; for payloads of our own keeping, never for what others send. */
  hashed?: (account: string) => string | null
}

/** The times believed of a post that was captured live, at `capturedAt`. */
export function liveWindow(capturedAt: number): TimeWindow {
  return { from: capturedAt - LIVE_WINDOW_MS, to: capturedAt + AHEAD_MS, instead: capturedAt }
}

/** The times believed of a post that was captured at `capturedAt`, however long after it was written. */
export function capturedWindow(capturedAt: number, from: number): TimeWindow {
  return { from, to: capturedAt + AHEAD_MS, instead: capturedAt }
}

/**
 * Makes the step from a raw post to a post. It never throws for what a source may send: a post that cannot be is
 * given back with the reason. Text keeps everything that a reader could see, and zero-width characters too (they may
 * be how a text evades a filter); control characters other than tab and line ends are taken out.
 */
export function createNormalizer({ authorKey, hashed = () => null }: NormalizerOptions): Normalize {
  const hmac = createHmacSha256(authorKey)
  const authorOf = (account: string): string => hashed(account) ?? hmac(account)
  function normalize(raw: RawPost, capture: Capture): Normalized {
    if (raw.id.length > ID_MAX || raw.id === '' || !isFit(raw.id)) {
      return failed('invalid_record', `The id is not usable: ${JSON.stringify(raw.id.slice(0, 100))}.`)
    }
    const claimed = parseTimestamp(raw.createdAt)
    if (claimed === null) return failed('bad_timestamp', describeTimestamp(raw.createdAt))
    const { window } = capture
    const believed = claimed >= window.from && claimed <= window.to
    const createdAt = believed ? claimed : window.instead
    if (createdAt === null) {
      return failed(
        'bad_timestamp',
        `${new Date(claimed).toISOString()} cannot be when this was written, and nothing before it says when.`,
      )
    }
    const marks: Mark[] = believed ? [] : ['created_at_replaced']
    let text = ''
    if (raw.repostOf === null) {
      const given = raw.text ?? ''
      const tooLong = raw.html === true && given.length > HTML_MAX
      text = cleanText(tooLong ? cut(given, HTML_MAX) : given, raw.html === true)
      if (text.trim() === '') return failed('no_text', 'The post has no text.')
      if (tooLong || text.length > TEXT_MAX) {
        text = copy(cut(text, TEXT_MAX))
        marks.push('text_cut')
      }
    }
    if (capture.invalidUtf8 === true) marks.push('invalid_utf8')
    return {
      ok: true,
      post: {
        id: raw.id,
        source: capture.source,
        url: cleanUrl(raw.url),
        author: raw.account === null ? null : authorOf(raw.account),
        createdAt,
        capturedAt: capture.capturedAt ?? createdAt,
        text,
        langs: cleanLangs(raw.langs),
        replyTo: cleanId(raw.replyTo),
        repostOf: cleanId(raw.repostOf),
        quoteOf: cleanId(raw.quoteOf),
        placeHint: cleanPlace(raw.placeHint),
        marks,
        evidence: {
          cid: raw.cid !== null && raw.cid.length <= CID_MAX && isFit(raw.cid) ? raw.cid : null,
          sha256: hash('sha256', capture.payload, 'hex'),
        },
      },
    }
  }
  return Object.assign(normalize, { author: authorOf })
}

/** What quotes a part of the input may end in the middle of a character. */
function failed(reason: DeadLetterReason, detail: string): Normalized {
  return { ok: false, reason, detail: toWellFormed(detail) }
}

function describeTimestamp(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'The post has no time.'
  // One that is nested deeply cannot be written.
  const said = typeof value === 'object' ? 'An object' : JSON.stringify(value).slice(0, 100)
  return `${said} is not a time that is understood.`
}

/** Control characters but for tab and line ends. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f]/
const CONTROL_ALL = new RegExp(CONTROL, 'g')

/** What NFC may change: before the first combining character, U+0300, there is nothing. */
const MAY_CHANGE = /[\u0300-\uffff]/

/** Whether it holds none, and no half of a surrogate pair, which no encoding can carry. */
function isFit(text: string): boolean {
  return isWellFormed(text) && !CONTROL.test(text)
}

function cleanText(source: string, html: boolean): string {
  const text = html ? htmlToText(source) : source
  // Halves first: two that a control character keeps apart do not become one character.
  const fit = isFit(text) ? text : toWellFormed(text).replace(CONTROL_ALL, '')
  return MAY_CHANGE.test(fit) ? fit.normalize('NFC') : fit
}

/** The longest start of `text` of at most `length` UTF-16 units that does not end inside a character. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}

/** A part of a string keeps the whole of it in memory; its copy does not. */
function copy(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}

/** Links become their visible text (for Mastodon, the whole address: its `invisible` spans hold the rest of it). */
const htmlToText = compile({
  wordwrap: false,
  limits: { maxDepth: HTML_DEPTH_MAX, maxInputLength: HTML_MAX },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
})

/** Anything but http would be a link that runs when an official clicks it. */
const LINK = /^https?:\/\/[^\s]+$/i
/** The commonest, in which nothing is unfit. */
const PLAIN_LINK = /^https?:\/\/[!-~]+$/

function cleanUrl(url: string | null): string | null {
  if (url === null || url.length > URL_MAX) return null
  return PLAIN_LINK.test(url) || (isFit(url) && LINK.test(url)) ? url : null
}

function cleanId(id: string | null): string | null {
  return id !== null && id !== '' && id.length <= ID_MAX && isFit(id) ? id : null
}

function cleanPlace(place: string | null): string | null {
  if (place === null) return null
  const text = cut(cleanText(place, false).trim(), PLACE_MAX)
  return text === '' ? null : text
}

/** BCP 47 tags, as far as their form goes. */
const LANG = /^[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,4}$/i

function cleanLangs(langs: readonly string[]): string[] {
  const known: string[] = []
  for (const lang of langs) if (known.length < LANGS_MAX && LANG.test(lang)) known.push(lang)
  return known
}
