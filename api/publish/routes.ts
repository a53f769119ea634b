/** What everybody may read, without an account: pages and feeds of what the office published. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Rebuttal } from '../contract.ts'
import { baseUrl, type App, type AppDeps } from '../routes/deps.ts'
import { atomFeed, jsonFeed } from './feeds.ts'
import { listPage, missingPage, rebuttalPage, withdrawnPage, type PageContext } from './pages.ts'

/** A correction has to be seen soon; a page that everybody opens at once must not ask the desk every time. */
const PUBLIC_AGE = 'public, max-age=30'

const page = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } })

const listRoute = createRoute({
  method: 'get',
  path: '/rebuttals',
  summary: 'Public page: all published rebuttals',
  responses: { 200: page('the list') },
})

const rebuttalRoute = createRoute({
  method: 'get',
  path: '/rebuttals/{slug}',
  summary: 'Public page: one published rebuttal, with schema.org ClaimReview',
  request: { params: z.object({ slug: z.string().max(200) }) },
  responses: { 200: page('the rebuttal'), 404: page('there is none'), 410: page('it was withdrawn') },
})

const atomRoute = createRoute({
  method: 'get',
  path: '/feeds/rebuttals.atom',
  summary: 'Published rebuttals as Atom',
  responses: {
    200: { description: 'the feed', content: { 'application/atom+xml': { schema: z.string() } } },
  },
})

const jsonRoute = createRoute({
  method: 'get',
  path: '/feeds/rebuttals.json',
  summary: 'Published rebuttals as JSON Feed',
  responses: {
    200: { description: 'the feed', content: { 'application/feed+json': { schema: z.looseObject({}) } } },
  },
})

const isPublished = ({ state }: Rebuttal): boolean => state === 'published' || state === 'corrected'

export function addPublicRoutes(app: App, deps: AppDeps): void {
  const { desk, mode, office, placeName, installation } = deps

  function contextOf(c: Context): PageContext {
    c.header('cache-control', PUBLIC_AGE)
    return { office, placeName, exercise: mode !== 'live', base: baseUrl(deps, c.req.url) }
  }
  async function published(): Promise<Rebuttal[]> {
    const all = await desk.rebuttals.list()
    return all.filter(isPublished).sort((a, b) => (b.publishedAt ?? 0) - (a.publishedAt ?? 0))
  }

  app.openapi(listRoute, async (c) => c.html(await listPage(await published(), contextOf(c)), 200))
  app.openapi(rebuttalRoute, async (c) => {
    const rebuttal = await desk.rebuttals.getBySlug(c.req.valid('param').slug)
    const context = contextOf(c)
    // What was withdrawn before it was published was never here.
    if (rebuttal === null || rebuttal.publishedAt === null) return c.html(await missingPage(context), 404)
    if (!isPublished(rebuttal)) return c.html(await withdrawnPage(rebuttal, context), 410)
    return c.html(await rebuttalPage(rebuttal, context), 200)
  })
  app.openapi(atomRoute, async (c) => {
    const feed = atomFeed(await published(), { ...contextOf(c), installation })
    return c.body(feed, 200, { 'content-type': 'application/atom+xml; charset=utf-8' })
  })
  app.openapi(jsonRoute, async (c) => {
    const feed = jsonFeed(await published(), { ...contextOf(c), installation })
    const document: Record<string, never> = JSON.parse(feed)
    return c.json(document, 200, { 'content-type': 'application/feed+json; charset=utf-8' })
  })
}
