/** The small server of a role without a page: whether it lives, whether it keeps up, and what Prometheus asks for. */
import { Hono } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { soon } from '../../../ingest/base/soon.ts'
import { serve } from '../serve.ts'
import type { Metrics } from './metrics.ts'

export interface HealthOptions {
  /** `host:port` to listen on. */
  at: { host: string; port: number }
  metrics: Metrics
  /** With it `/metrics` asks for this token. */
  metricsToken: string | undefined
  /** What the role needs answers. */
  answers: () => Promise<boolean>
  behindMs: () => number
  /** Past this it is not ready, ms. */
  readyBehindMs: number
}

/** Gives where it listens, and what ends it. Throws FailedError where the port is taken. */
export async function serveHealth(options: HealthOptions): Promise<{ url: string; close(): Promise<void> }> {
  return serve(createHealth(options), options.at.host, options.at.port)
}

export function createHealth(options: Omit<HealthOptions, 'at'>): Hono {
  const { metrics, metricsToken, answers, behindMs, readyBehindMs } = options
  const app = new Hono()
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    const [answering, behind] = [await soon(answers(), false), behindMs()]
    const status = !answering ? 'unavailable' : behind > readyBehindMs ? 'behind' : 'ok'
    return c.json({ status, behindSeconds: Math.round(behind / 1_000) }, status === 'ok' ? 200 : 503)
  })
  if (metricsToken !== undefined) app.use('/metrics', bearerAuth({ token: metricsToken }))
  app.get('/metrics', async (c) =>
    c.text(await metrics.write(), 200, { 'content-type': metrics.registry.contentType }),
  )
  return app
}
