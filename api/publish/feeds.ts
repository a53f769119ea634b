/** Published rebuttals as Atom (RFC 4287) and JSON Feed. */
import { Feed } from 'feed'
import type { Rebuttal } from '../contract.ts'

/** What a reader fetches again and again; older answers are on the list's page. */
const ITEMS_MAX = 100

export interface FeedContext {
  office: string
  installation: string
  /** Whole address of the app, no slash at the end. */
  base: string
  exercise: boolean
}

/** Text as HTML; the `>` too, so that no text can end an XML CDATA section. */
function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (sign) => names[sign]!)
}

/**
 * Newest first; of each entry's date, its last change. The ids stay when the address changes. `title` writes that of an
 * entry; the feed's own and the names are plain text.
 */
function build(rebuttals: readonly Rebuttal[], context: FeedContext, title: (text: string) => string): Feed {
  const { office, installation, base, exercise } = context
  const id = `urn:tallywatch:${encodeURIComponent(installation)}:rebuttals`
  const newest = rebuttals.reduce((time, { updatedAt }) => Math.max(time, updatedAt), 0)
  const feed = new Feed({
    id,
    title: `${exercise ? 'Exercise: ' : ''}Official answers: ${office}`,
    link: `${base}/rebuttals`,
    updated: new Date(newest),
    generator: 'Tallywatch',
    copyright: '',
    author: { name: office },
    feedLinks: { atom: `${base}/feeds/rebuttals.atom`, json: `${base}/feeds/rebuttals.json` },
  })
  for (const one of rebuttals.slice(0, ITEMS_MAX)) {
    feed.addItem({
      id: `${id}:${one.id}`,
      title: title(`${one.rating}: ${one.claim}`),
      link: `${base}/rebuttals/${one.slug}`,
      date: new Date(one.updatedAt),
      published: new Date(one.publishedAt ?? one.updatedAt),
      author: [{ name: one.office }],
      content: contentOf(one),
    })
  }
  return feed
}

function contentOf({ claim, rating, text, link, note, state }: Rebuttal): string {
  const paragraphs = text.split(/\n+/).map((line) => `<p>${escapeHtml(line)}</p>`)
  const corrected = state === 'corrected' && note !== null ? `<p>Corrected: ${escapeHtml(note)}</p>` : ''
  const href = escapeHtml(link)
  return `<blockquote>${escapeHtml(claim)}</blockquote><p><strong>${rating}</strong></p>${paragraphs.join('')}<p><a href="${href}">${href}</a></p>${corrected}`
}

/** Titles of entries are HTML in this library's Atom. */
export function atomFeed(rebuttals: readonly Rebuttal[], context: FeedContext): string {
  return build(rebuttals, context, escapeHtml).atom1()
}

/** In a JSON Feed they are plain text. */
export function jsonFeed(rebuttals: readonly Rebuttal[], context: FeedContext): string {
  return build(rebuttals, context, (text) => text).json1()
}
