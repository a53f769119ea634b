/** The public pages: plain HTML without scripts, readable on any device and by machines. */
import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Rebuttal } from '../contract.ts'
import { claimReview, scriptJson } from './claim-review.ts'

type Html = HtmlEscapedString | Promise<HtmlEscapedString>

const STYLE = raw(
  'body{font:1.1rem/1.6 system-ui,sans-serif;max-width:42rem;margin:0 auto;padding:1.5rem 1rem;color:#1b1f24;background:#fff}' +
    'h1{font-size:1.5rem;line-height:1.3}a{color:#0b4f9e}blockquote{margin:1rem 0;padding:.5rem 1rem;border-left:4px solid #8a94a0}' +
    '.rating{display:inline-block;padding:.1rem .6rem;border:2px solid;border-radius:.3rem;font-weight:600}' +
    '.answer{white-space:pre-line}.small{color:#4a525c;font-size:.9rem;overflow-wrap:anywhere}' +
    '.exercise{padding:.5rem 1rem;background:#7a1f00;color:#fff;font-weight:600}',
)

/** What a page needs to know beside its rebuttals. */
export interface PageContext {
  office: string
  placeName: (id: string) => string
  /** A drill, or a replay of another night: every page says so, and asks search engines to leave it out. */
  exercise: boolean
  /** Whole addresses, no slash at the end. */
  base: string
}

interface Shell {
  title: string
  /** From this page to the app's root: '' or '../'. */
  root: string
  exercise: boolean
  head?: Html | undefined
}

function shell({ title, root, exercise, head }: Shell, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${exercise ? raw('<meta name="robots" content="noindex">') : ''}
        <link
          rel="alternate"
          type="application/atom+xml"
          title="Official answers"
          href="${root}feeds/rebuttals.atom"
        />
        <link
          rel="alternate"
          type="application/feed+json"
          title="Official answers"
          href="${root}feeds/rebuttals.json"
        />
        <style>
          ${STYLE}
        </style>
        ${head ?? ''}
      </head>
      <body>
        ${exercise ? raw('<p class="exercise">This is an exercise, not an official statement.</p>') : ''}
        ${body}
      </body>
    </html> `
}

const when = (time: number): Html =>
  html`<time datetime="${new Date(time).toISOString()}"
    >${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC</time
  >`

/** All that is published, newest first. */
export function listPage(rebuttals: readonly Rebuttal[], { office, placeName, exercise }: PageContext): Html {
  const items = rebuttals.map(
    (one) =>
      html`<li>
        <p>
          <a href="rebuttals/${one.slug}">${one.claim}</a><br />
          <span class="rating">${one.rating}</span>
          <span class="small"
            >${placeName(one.place)},
            ${when(one.publishedAt ?? one.updatedAt)}${one.state === 'corrected' ? ', corrected' : ''}</span
          >
        </p>
      </li> `,
  )
  const list =
    items.length === 0
      ? html`<p>Nothing is published yet.</p>`
      : html`<ul>
          ${items}
        </ul>`
  return shell(
    { title: `Official answers: ${office}`, root: '', exercise },
    html`<main>
        <h1>Official answers</h1>
        <p>${office}</p>
        ${list}
      </main>
      <footer class="small">
        <a href="feeds/rebuttals.atom">Atom</a> · <a href="feeds/rebuttals.json">JSON Feed</a>
      </footer>`,
  )
}

/** One published rebuttal, with its ClaimReview. */
export function rebuttalPage(rebuttal: Rebuttal, { placeName, exercise, base }: PageContext): Html {
  const { claim, text, link, rating, office, place, state, note, publishedAt, updatedAt, entryHash } =
    rebuttal
  const page = `${base}/rebuttals/${rebuttal.slug}`
  const review = scriptJson(claimReview(rebuttal, page, `${base}/rebuttals`))
  const head = html`<link rel="canonical" href="${page}" />
    <meta property="og:title" content="${rating}: ${claim}" />
    <meta property="og:description" content="${text.slice(0, 200)}" />
    <script type="application/ld+json">
      ${raw(review)}
    </script>`
  const corrected =
    state === 'corrected' ? html`<p><strong>Corrected ${when(updatedAt)}:</strong> ${note}</p>` : ''
  return shell(
    { title: `${rating}: ${claim}`, root: '../', exercise, head },
    html`<main>
        <p class="small">${office} · ${placeName(place)} · ${when(publishedAt ?? updatedAt)}</p>
        <h1>Is it true that…</h1>
        <blockquote>${claim}</blockquote>
        <p><span class="rating">${rating}</span></p>
        <p class="answer">${text}</p>
        <p>Official information: <a href="${link}" rel="noopener">${link}</a></p>
        ${corrected}
      </main>
      <footer class="small">
        <p><a href="../rebuttals">All official answers</a></p>
        <p>Ledger entry ${entryHash}</p>
      </footer>`,
  )
}

/** Stands where a published rebuttal was taken back. */
export function withdrawnPage(rebuttal: Rebuttal, { exercise }: PageContext): Html {
  return shell(
    { title: 'Withdrawn', root: '../', exercise, head: html`<meta name="robots" content="noindex" />` },
    html`<main>
      <p class="small">${rebuttal.office}</p>
      <h1>This answer was withdrawn</h1>
      <p>${when(rebuttal.updatedAt)}: ${rebuttal.note}</p>
      <p><a href="../rebuttals">All official answers</a></p>
    </main>`,
  )
}

/** There is no such answer, or it is not published. */
export function missingPage({ exercise }: PageContext): Html {
  return shell(
    { title: 'Not found', root: '../', exercise },
    html`<main>
      <h1>There is no such answer</h1>
      <p><a href="../rebuttals">All official answers</a></p>
    </main>`,
  )
}
