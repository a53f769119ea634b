import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  DRAFT,
  MINUTE,
  NIGHT,
  openTestDesk,
  tempDir,
  testApp,
  failOnErrors,
  refusingStore,
} from '../support.ts'
import type { Rebuttal } from '../../../../api/contract.ts'
import type { Desk } from '../../../../api/desk/desk.ts'
import type { RebuttalDraft } from '../../../../api/desk/rebuttals.ts'

/** The public pages read the desk alone. */
const NO_STORE = refusingStore()
const BASE = 'https://answers.example.gov'
/** What somebody might write to break out of every place where it is shown. */
const ATTACK = `</script><script>alert(1)</script>" onmouseover="alert(2)' <img src=x onerror=alert(3)> ]]> ]]> &amp; {{7*7}}`

let dir: Awaited<ReturnType<typeof tempDir>>
let desk: Desk
let app: ReturnType<typeof testApp>
beforeAll(async () => {
  dir = await tempDir()
  desk = await openTestDesk(dir.path)
  app = testApp({ store: NO_STORE, desk })
})
afterAll(async () => {
  failOnErrors(app)
  await desk.close()
  await dir.remove()
})

let hours = 0
async function publish(change: Partial<RebuttalDraft> = {}): Promise<Rebuttal> {
  const { draftedBy: by, ...draft } = DRAFT
  const at = NIGHT + ++hours * 60 * MINUTE
  const whole = { ...draft, spikeId: null, office: 'Example County Elections', ...change }
  const { id } = await desk.rebuttals.draft(whole, { by, at })
  await desk.rebuttals.approve(id, { by: 'Bob Ray', at })
  return desk.rebuttals.publish(id, { by, at, clock: NIGHT })
}

function jsonLd(html: string): Record<string, unknown> {
  const blocks = [...html.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)]
  expect(blocks).toHaveLength(1)
  const review: Record<string, unknown> = JSON.parse(blocks[0]![1]!)
  return review
}

test('a published answer has a page with all that ClaimReview asks for', async () => {
  const one = await publish()
  const response = await app.request(`/rebuttals/${one.slug}`)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
  const html = await response.text()
  expect(jsonLd(html)).toEqual({
    '@context': 'https://schema.org',
    '@type': 'ClaimReview',
    url: `${BASE}/rebuttals/${one.slug}`,
    datePublished: new Date(one.publishedAt!).toISOString(),
    dateModified: new Date(one.publishedAt!).toISOString(),
    claimReviewed: DRAFT.claim,
    reviewBody: DRAFT.text,
    author: { '@type': 'Organization', name: 'Example County Elections', url: `${BASE}/rebuttals` },
    reviewRating: {
      '@type': 'Rating',
      ratingValue: 2,
      bestRating: 5,
      worstRating: 1,
      alternateName: 'Misleading',
    },
    itemReviewed: {
      '@type': 'Claim',
      name: DRAFT.claim,
    },
    citation: DRAFT.link,
  })
  expect(html).toContain(`<a href="${DRAFT.link}" rel="noopener">`)
  expect(html).toContain('Arizona')
  expect(html).toContain(one.entryHash)
  expect(html).not.toContain('exercise">')
})

test('a draft and an approved answer are nowhere to be seen', async () => {
  const { draftedBy: by, ...draft } = DRAFT
  const hidden = { ...draft, spikeId: null, office: 'Office', claim: 'Nobody may read this yet' }
  const one = await desk.rebuttals.draft(hidden, { by, at: NIGHT })
  const seen = async (): Promise<string> =>
    (
      await Promise.all(
        ['/rebuttals', '/feeds/rebuttals.atom', '/feeds/rebuttals.json'].map(async (path) =>
          (await app.request(path)).text(),
        ),
      )
    ).join()
  expect((await app.request(`/rebuttals/${one.slug}`)).status).toBe(404)
  await desk.rebuttals.approve(one.id, { by: 'Bob', at: NIGHT })
  expect((await app.request(`/rebuttals/${one.slug}`)).status).toBe(404)
  expect(await seen()).not.toContain('Nobody may read')
  await desk.rebuttals.withdraw(one.id, { by, at: NIGHT, reason: 'not needed' })
  expect((await app.request(`/rebuttals/${one.slug}`)).status).toBe(404)
  expect((await app.request('/rebuttals/none')).status).toBe(404)
})

test('a correction is shown as one, and a withdrawal leaves a page that says so', async () => {
  const one = await publish({ claim: 'The count stopped at ten' })
  const page = `/rebuttals/${one.slug}`
  const correction = {
    approvedBy: 'Cy Dow',
    note: 'the hour was wrong',
    claim: 'The count stopped at eleven',
  }
  const { updatedAt } = await desk.rebuttals.correct(one.id, correction, {
    by: 'Ann',
    at: NIGHT + 900 * MINUTE,
  })
  const html = await (await app.request(page)).text()
  expect(html).toContain('the hour was wrong')
  expect(jsonLd(html)).toMatchObject({
    claimReviewed: correction.claim,
    datePublished: new Date(one.publishedAt!).toISOString(),
    dateModified: new Date(updatedAt).toISOString(),
  })
  await desk.rebuttals.withdraw(one.id, { by: 'Ann', at: NIGHT + 901 * MINUTE, reason: 'our page was wrong' })
  const gone = await app.request(page)
  const text = await gone.text()
  expect(gone.status).toBe(410)
  expect(text).toContain('our page was wrong')
  expect(text).not.toContain('ld+json')
  expect(await (await app.request('/rebuttals')).text()).not.toContain('The count stopped')
})

test('no text can break out of the pages or the feeds', async () => {
  const attack = {
    claim: ATTACK,
    text: `${ATTACK}\n${ATTACK}`,
    office: ATTACK,
    link: 'https://example.gov/?a="><script>alert(4)</script>',
  }
  const one = await publish(attack)
  const hostile = testApp({ store: NO_STORE, desk, office: ATTACK })
  const page = await (await hostile.request(`/rebuttals/${one.slug}`)).text()
  const list = await (await hostile.request('/rebuttals')).text()
  for (const html of [page, list]) {
    const rest = html
      .replace(/<script type="application\/ld\+json">[^<]*<\/script>/, '')
      .replaceAll(/"[^"<>]*"/g, '""')
    expect(rest).not.toMatch(/<script|<img|<[^>]* on\w+=/i)
  }
  expect(jsonLd(page)).toMatchObject({ claimReviewed: ATTACK, reviewBody: attack.text })
  const atom = await (await hostile.request('/feeds/rebuttals.atom')).text()
  const outside = atom.replaceAll(/<!\[CDATA\[.*?\]\]>/gs, '')
  expect(outside).not.toMatch(/<script|<img|\]\]>/i)
  for (const [, inside] of atom.matchAll(/<!\[CDATA\[(.*?)\]\]>/gs))
    expect(inside).not.toMatch(/<script|<img/i)
  const json: { items: { title: string; content_html: string }[] } = await (
    await hostile.request('/feeds/rebuttals.json')
  ).json()
  const item = json.items.find(({ title }) => title.includes('alert(1)'))!
  expect(item.title).toBe(`Misleading: ${ATTACK}`)
  expect(item.content_html).not.toMatch(/<script|<img/i)
})

test('the feeds hold what is published, with ids that stay', async () => {
  const one = await publish({ claim: 'Polls closed early' })
  const atomResponse = await app.request('/feeds/rebuttals.atom')
  expect(atomResponse.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
  const atom = await atomResponse.text()
  expect(atom).toContain(`<id>urn:tallywatch:test:rebuttals:${one.id}</id>`)
  expect(atom).toContain(`<link href="${BASE}/rebuttals/${one.slug}"/>`)
  expect(atom).toContain(`<link rel="self" href="${BASE}/feeds/rebuttals.atom"/>`)
  const response = await app.request('/feeds/rebuttals.json')
  expect(response.headers.get('content-type')).toBe('application/feed+json; charset=utf-8')
  const feed: { version: string; items: Record<string, unknown>[] } = await response.json()
  expect(feed.version).toMatch(/^https:\/\/jsonfeed\.org\/version\/1/)
  expect(feed.items[0]).toMatchObject({
    id: `urn:tallywatch:test:rebuttals:${one.id}`,
    url: `${BASE}/rebuttals/${one.slug}`,
    title: 'Misleading: Polls closed early',
    date_published: new Date(one.publishedAt!).toISOString(),
  })
})

test('an office is called in the feeds as it calls itself', async () => {
  const office = "Prince George's <County> & Co"
  await publish({ office })
  const named = testApp({ store: NO_STORE, desk, office })
  const atom = await (await named.request('/feeds/rebuttals.atom')).text()
  // Neither is HTML: what stands there is shown as it is.
  const escaped = "Prince George's &lt;County&gt; &amp; Co"
  expect(atom).toContain(`<title>Official answers: ${escaped}</title>`)
  expect([...atom.matchAll(/<name>(.*?)<\/name>/g)].map(([, name]) => name).slice(0, 2)).toEqual([
    escaped,
    escaped,
  ])
})

test('answers are there for everybody while the store is away', async () => {
  const one = await publish()
  const status = () => new Promise<never>(() => {})
  const away = testApp({ store: NO_STORE, desk, status })
  for (const path of ['/rebuttals', `/rebuttals/${one.slug}`, '/feeds/rebuttals.atom'])
    expect([path, (await away.request(path)).status]).toEqual([path, 200])
})

test('that the desk does not answer is kept by nobody', async () => {
  const gone = await openTestDesk(dir.path)
  await gone.close()
  const away = testApp({ store: NO_STORE, desk: gone })
  for (const path of ['/rebuttals', '/rebuttals/some', '/feeds/rebuttals.json']) {
    const { status, headers } = await away.request(path)
    expect([path, status, headers.get('cache-control')]).toEqual([path, 503, null])
  }
})

test('every page of a drill says that it is an exercise', async () => {
  const one = await publish()
  const drill = testApp({ store: NO_STORE, desk, mode: 'drill' })
  for (const path of ['/rebuttals', `/rebuttals/${one.slug}`, '/rebuttals/none']) {
    const html = await (await drill.request(path)).text()
    expect(html).toContain('This is an exercise')
    expect(html).toContain('<meta name="robots" content="noindex">')
  }
  expect(await (await drill.request('/feeds/rebuttals.atom')).text()).toContain('Exercise: Official answers')
})
