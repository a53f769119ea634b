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

type Loose = Omit<Item, 'id'> & { id: string | undefined }

function itemsOf(parsed: ReturnType<typeof parse>): Loose[] {
  switch (parsed.format) {
    case 'rss': {
      const { items = [], language } = parsed.feed
      return items.map(({ guid, link, title, description, content, pubDate, authors, dc }) => ({
        id: guid?.value ?? link,
        url: link ?? (guid?.isPermaLink === false ? null : (guid?.value ?? null)),
        html: joinHtml(title, content?.encoded ?? description),
        date: text(pubDate ?? dc?.dates?.[0]),
        author: text(dc?.creators?.[0] ?? authors?.[0]),
        lang: language ?? null,
      }))
    }
    case 'rdf':
      return (parsed.feed.items ?? []).map(({ rdf, link, title, description, content, dc }) => ({
        id: rdf?.about ?? link,
        url: link ?? null,
        html: joinHtml(title, content?.encoded ?? description),
        date: text(dc?.dates?.[0]),
        author: text(dc?.creators?.[0]),
        lang: null,
      }))
    case 'atom':
      return (parsed.feed.entries ?? []).map(
        ({ id, links = [], title, summary, content, published, updated, authors }) => {
          const link = (links.find(({ rel }) => rel === undefined || rel === 'alternate') ?? links[0])?.href
          return {
            id: id ?? link,
            url: link ?? null,
            html: joinHtml(
              title?.type === 'html' ? undefined : title?.value,
              content?.value ?? summary?.value,
              title?.type === 'html' ? title.value : undefined,
            ),
            date: text(published ?? updated),
            author: text(authors?.[0]?.name),
            lang: parsed.feed.xml?.lang ?? null,
          }
        },
      )
    case 'json':
      return (parsed.feed.items ?? []).map((item) => ({
        id: item.id === undefined ? item.url : String(item.id),
        url: item.url ?? null,
        html: joinHtml(item.title, item.content_html ?? escapeHtml(item.content_text ?? item.summary ?? '')),
        date: text(item.date_published ?? item.date_modified),
        author: text(item.authors?.[0]?.name),
        lang: item.language ?? parsed.feed.language ?? null,
      }))
  }
}

function joinHtml(title: string | undefined, body: string | undefined, titleHtml?: string): string {
  const head = titleHtml ?? escapeHtml(title ?? '')
  return [head, body ?? '']
    .filter((part) => part !== '')
    .map((part) => `<div>${part}</div>`)
    .join('')
}

function escapeHtml(plain: string): string {
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** The parser's types allow other things than texts where a feed may be odd. */
function text(value: unknown): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
    ? value.name
    : null
}
