/** Items of RSS, RDF, Atom and JSON Feed, as one. */
import { parseFeed } from 'feedsmith'

export interface Item {
  /** Its own id (guid), else its address. */
  id: string
  url: string | null
  /** Title and body, as HTML. */
  html: string
  /** As the feed writes it; null: it does not say. */
  date: string | null
  author: string | null
  lang: string | null
}

/** Throws where the text is no feed. Items without an id and an address are left out: nothing would tell them apart. */
export function parseItems(text: string): Item[] {
  return itemsOf(parse(text)).filter((item): item is Item => item.id !== undefined && item.id !== '')
}

function parse(text: string) {
  return parseFeed(text)
}

type Parsed = ReturnType<typeof parse>
type FeedOf<F extends Parsed['format']> = Extract<Parsed, { format: F }>['feed']
type Loose = Omit<Item, 'id'> & { id: string | undefined }

function itemsOf(parsed: Parsed): Loose[] {
  if (parsed.format === 'rss') return rssItems(parsed.feed)
  if (parsed.format === 'rdf') return rdfItems(parsed.feed)
  return parsed.format === 'atom' ? atomItems(parsed.feed) : jsonItems(parsed.feed)
}

function rssItems({ items = [], language }: FeedOf<'rss'>): Loose[] {
  return items.map(({ guid, link, title, description, content, pubDate, authors, dc }) => ({
    id: guid?.value ?? link,
    url: link ?? (guid?.isPermaLink === false ? null : (guid?.value ?? null)),
    html: joinHtml(escapeHtml(title), content?.encoded ?? description),
    date: text(pubDate ?? dc?.dates?.[0]),
    author: text(dc?.creators?.[0] ?? authors?.[0]),
    lang: language ?? null,
  }))
}

function rdfItems({ items = [] }: FeedOf<'rdf'>): Loose[] {
  return items.map(({ rdf, link, title, description, content, dc }) => ({
    id: rdf?.about ?? link,
    url: link ?? null,
    html: joinHtml(escapeHtml(title), content?.encoded ?? description),
    date: text(dc?.dates?.[0]),
    author: text(dc?.creators?.[0]),
    lang: null,
  }))
}

function atomItems({ entries = [], xml }: FeedOf<'atom'>): Loose[] {
  return entries.map(({ id, links = [], title, summary, content, published, updated, authors }) => {
    const link = (links.find(({ rel }) => rel === undefined || rel === 'alternate') ?? links[0])?.href
    return {
      id: id ?? link,
      url: link ?? null,
      html: joinHtml(atomHtml(title), atomHtml(content ?? summary)),
      date: text(published ?? updated),
      author: text(authors?.[0]?.name),
      lang: xml?.lang ?? null,
    }
  })
}

/** A text of Atom is plain unless it says otherwise (RFC 4287, section 3.1.1). */
function atomHtml(value: { value?: string; type?: string } | undefined): string {
  const plain = value?.type === undefined || value.type === 'text'
  return plain ? escapeHtml(value?.value) : (value.value ?? '')
}

function jsonItems({ items = [], language }: FeedOf<'json'>): Loose[] {
  return items.map((item) => ({
    id: item.id ?? item.url,
    url: item.url ?? null,
    html: joinHtml(
      escapeHtml(item.title),
      item.content_html ?? escapeHtml(item.content_text ?? item.summary),
    ),
    date: text(item.date_published ?? item.date_modified),
    author: text(item.authors?.[0]?.name),
    lang: item.language ?? language ?? null,
  }))
}

function joinHtml(...parts: (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined && part !== '')
    .map((part) => `<div>${part}</div>`)
    .join('')
}

function escapeHtml(plain: string | undefined): string {
  return (plain ?? '').replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** The parser's types allow other things than texts where a feed may be odd. */
function text(value: unknown): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
    ? value.name
    : null
}
