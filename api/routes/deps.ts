/** What the routes work with; `api/boot` puts it together. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Store } from '../../classify/store/store.ts'
import type { Pushes } from '../../ingest/sources/push/port.ts'
import type { LiveEvent, Status } from '../contract.ts'
import type { Claims } from '../claims/claims.ts'
import type { Desk } from '../desk/desk.ts'

/** Shown on a desk that can play a night; each gives the path at which the page of that night is served. */
export interface Demo {
  startDrill(): Promise<{ path: string }>
  /** Plays a file that was sent; `speed`: night seconds a second, or as fast as it goes. */
  replay?(file: ReadableStream<Uint8Array>, name: string, speed: number | 'max'): Promise<{ path: string }>
}

export interface Readiness {
  /** `behind`: all answers, and what is shown is older than the setting allows. */
  status: 'ok' | 'unavailable' | 'behind'
  store: boolean
  desk: boolean
  behindSeconds: number
}

/** Told of the live stream, for the metrics. */
export interface LiveWatch {
  clients(count: number): void
  /** A page was told of this. */
  shown(event: LiveEvent): void
}

export interface AppDeps {
  store: Store
  desk: Desk
  /** Which kind of night it is, said also while the status cannot be read. */
  mode: Status['mode']
  status: () => Promise<Status>
  placeName: (id: string) => string
  ocdId: (id: string) => string | null
  /** Wall clock, epoch ms. */
  now: () => number
  /** Folder of the built page, or null. */
  pageDir: string | null
  /** Public address of this app, with its base path, no slash at the end; null: as the request says. */
  publicUrl: string | null
  /** Where this app is mounted: '' or `/drill`. Only whole addresses need it; pages link relatively. */
  basePath?: string
  office: string
  /** Words of posts that their author edited or deleted since: held back (the default), or kept. */
  changedPosts?: 'hold' | 'keep'
  /** With it, everything but the public routes asks for any name and this password. */
  auth: { password: string } | null
  demo: Demo | null
  /** With it `/metrics` asks for this token; without it, for what the rest of the desk asks. */
  metricsToken?: string | null
  /** More for Prometheus than the status says, in the text format. */
  metrics?: () => Promise<string>
  /** Without it: whether store and desk answer. */
  readiness?: () => Promise<Readiness>
  liveWatch?: LiveWatch
  /** Takes pushes and uploads; null on a desk that takes none (a drill, a replay). */
  pushes?: Pushes | null
  /** Names this installation in the ids of its feeds. */
  installation: string
  /** Host names (no port) that requests may be addressed to; null: any. Against DNS rebinding on loopback. */
  allowedHosts?: readonly string[] | null
  /** Told of every error that is this server's own. */
  onError: (error: unknown) => void
  /** For tests: shorter times of the live stream. */
  live?: { clockMs?: number; stallMs?: number }
}

/** What `createApp` adds to what it is given. */
export interface RouteDeps extends AppDeps {
  claims: Claims
}

export type App = OpenAPIHono

/** The public address of this app, no slash at the end. */
export function baseUrl(deps: Pick<AppDeps, 'publicUrl' | 'basePath'>, requestUrl: string): string {
  return (deps.publicUrl ?? new URL(requestUrl).origin + (deps.basePath ?? '')).replace(/\/+$/, '')
}
