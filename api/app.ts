/** The HTTP side of the desk: the API, the public pages and feeds, and the page itself. */
import { serveStatic } from '@hono/node-server/serve-static'
import { OpenAPIHono } from '@hono/zod-openapi'
import { compress } from 'hono/compress'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { createClaims } from './claims/claims.ts'
import { addPublicRoutes } from './publish/routes.ts'
import { addDemoRoutes } from './routes/demo.ts'
import { baseUrl, type App, type AppDeps } from './routes/deps.ts'
import { addExportRoutes } from './routes/export.ts'
import { addIngestRoutes } from './routes/ingest.ts'
import { addLiveRoutes } from './routes/live.ts'
import { addMapRoutes } from './routes/map.ts'
import { addMetricsRoute } from './routes/metrics.ts'
import { addPlaceRoutes } from './routes/places.ts'
import { addPostRoutes } from './routes/posts.ts'
import { createErrorHandler, problem, refuseInvalid } from './routes/problem.ts'
import { addRebuttalRoutes } from './routes/rebuttals.ts'
import { askPassword, guardWrites, headers, limitBody, onlyHosts } from './routes/security.ts'
import { addSeriesRoutes } from './routes/series.ts'
import { addSpikeRoutes } from './routes/spikes.ts'
import { addStatusRoutes } from './routes/status.ts'

/** Names of built files hold their content's hash: what such a name gives never changes. */
const ASSET_AGE = 'public, max-age=31536000, immutable'

const INFO = {
  title: 'Tallywatch',
  version: '1',
  description:
    'Times are epoch milliseconds, UTC. Errors are RFC 9457 problem documents with a stable `code`. Writes need ' +
    '`Content-Type: application/json`. The events of `/api/live` are `LiveEvent`s.',
}

const ANY_ERROR = {
  description: 'any other error',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/**
 * Puts the app together; it listens to nothing by itself. To serve it under a base path, mount its `fetch` so that the
 * path is taken off (`root.mount('/drill', app.fetch)`), and give `basePath`.
 *
 * @example
 * serve({ fetch: createApp(deps).fetch, port: 4270, hostname: '127.0.0.1' })
 */
export function createApp(deps: AppDeps): App {
  const app: App = new OpenAPIHono({ defaultHook: refuseInvalid })
  app.onError(createErrorHandler(deps.onError))
  app.notFound((c) => problem(c, 404, 'not_found', `there is nothing at ${c.req.path}`))
  app.use(headers())
  app.use(compress())
  app.use(methodNotAllowed({ app, onMethodNotAllowed: refuseMethod }))
  if (deps.allowedHosts) app.use(onlyHosts(deps.allowedHosts))
  if (deps.auth) app.use(askPassword(deps.auth.password, deps.metricsToken ? ['/metrics'] : []))
  app.use(guardWrites(deps))
  app.use(limitBody())
  app.use('/api/*', async (c, next) => {
    await next()
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  })
  addStatusRoutes(app, deps)
  addMetricsRoute(app, deps)
  const withClaims = { ...deps, claims: createClaims(deps.store, () => performance.now()) }
  addSpikeRoutes(app, withClaims)
  addSeriesRoutes(app, deps)
  addMapRoutes(app, deps)
  addPostRoutes(app, withClaims)
  addExportRoutes(app, withClaims)
  addLiveRoutes(app, deps)
  addRebuttalRoutes(app, deps)
  addPlaceRoutes(app, deps)
  if (deps.pushes) addIngestRoutes(app, { ...deps, pushes: deps.pushes })
  if (deps.demo) addDemoRoutes(app, deps.demo)
  addPublicRoutes(app, deps)
  addDocument(app, deps)
  if (deps.pageDir !== null) addPage(app, deps.pageDir)
  return app
}

/** The description of all routes; any of them may also answer with an error that is not its own. */
function addDocument(app: App, deps: AppDeps): void {
  app.get('/api/openapi.json', (c) => {
    const document = app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: INFO,
      servers: [{ url: baseUrl(deps, c.req.url) }],
    })
    for (const item of Object.values(document.paths ?? {})) {
      for (const operation of [item.get, item.post])
        if (operation) operation.responses = { ...operation.responses, default: ANY_ERROR }
    }
    return c.json(document)
  })
}

function refuseMethod(c: Parameters<typeof problem>[0], methods: string[]): Response {
  c.header('allow', methods.join(', '))
  return problem(c, 405, 'method_not_allowed', `${c.req.path} takes ${methods.join(', ')} only`)
}

function addPage(app: App, pageDir: string): void {
  const serveFile = serveStatic({ root: pageDir })
  app.use('/*', async (c, next) => {
    const file = await serveFile(c, next)
    // Where there is no such file it gives what came next, which is no response of its own.
    if (!(file instanceof Response)) return undefined
    file.headers.set('cache-control', c.req.path.includes('/assets/') ? ASSET_AGE : 'no-cache')
    return file
  })
}
