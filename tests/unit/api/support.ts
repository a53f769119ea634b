/** A desk, a store with rows of our own sentences, and an app over both. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../../api/app.ts'
import { EXPOSURE_COLUMNS, NARRATIVE_COLUMNS } from '../../../api/spikes/minutes.ts'
import type { Spike, Status } from '../../../api/contract.ts'
import { openDesk, type Desk, type DeskOptions } from '../../../api/desk/desk.ts'
import type { AppDeps } from '../../../api/routes/deps.ts'
import { sketchOf } from '../../../classify/claims/sketch.ts'
import type { Narrative, Stance } from '../../../classify/contract.ts'
import { POST_COLUMNS } from '../../../classify/rows.ts'
import { openChdbStore } from '../../../classify/store/chdb.ts'
import type { Row, Store } from '../../../classify/store/store.ts'
import { hash64 } from '../../../ingest/base/hash.ts'
import { ocdId, placeName } from '../../../ingest/base/jurisdictions.ts'

/** 3 November 2026, 20:00 in New York: the tests' night begins here. */
export const NIGHT = Date.UTC(2026, 10, 4, 1, 0)
export const MINUTE = 60_000

export async function tempDir(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tallywatch-api-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

let made = 0

/** A desk in a file of its own; ids count up, so that a test can name them. */
export async function openTestDesk(
  dir: string,
  options: Partial<DeskOptions> = {},
): Promise<Desk & { url: string }> {
  const url = `file:${join(dir, `desk-${++made}.db`)}`
  let ids = 0
  const newId = (): string => `r${String(++ids).padStart(7, '0')}`
  const desk = await openDesk({ url, now: () => NIGHT, newId, onError: fail, ...options })
  return { ...desk, url }
}

function fail(error: unknown): void {
  throw error
}

export const STATUS: Status = {
  mode: 'live',
  clock: NIGHT + 60 * MINUTE,
  sealedThrough: NIGHT + 60 * MINUTE,
  from: NIGHT,
  lag: 0,
  posts: 1_000,
  election: 500,
  flagged: 40,
  hasty: 0,
  deadLettered: 0,
  sources: [{ source: 'file:night', state: 'running', detail: 'reading', since: NIGHT }],
  staleMs: 1_200,
}

/** An app of which a test changes what it is about. */
export function testApp(deps: Partial<AppDeps> & Pick<AppDeps, 'store' | 'desk'>) {
  const errors: unknown[] = []
  const app = createApp({
    mode: 'live',
    status: async () => STATUS,
    placeName,
    ocdId,
    now: () => NIGHT + 90 * MINUTE,
    pageDir: null,
    publicUrl: 'https://answers.example.gov',
    office: 'Example County Elections',
    auth: null,
    demo: null,
    installation: 'test',
    onError: (error) => errors.push(error),
    ...deps,
  })
  return Object.assign(app, { errors })
}

/** A store for what must not read it. */
export function refusingStore(): Store {
  const refuse = (): never => {
    throw new Error('this may not read the store')
  }
  return { insert: refuse, query: refuse, stream: refuse, command: refuse, ping: refuse, close: refuse }
}

/** Throws where an app was told of an error of its own. */
export function failOnErrors({ errors }: { errors: unknown[] }): void {
  if (errors.length > 0) throw new AggregateError(errors, 'the app had errors')
}

export function post(app: ReturnType<typeof testApp>, path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return Promise.resolve(app.request(path, { method: 'POST', headers, body: JSON.stringify(body) }))
}

export async function openTestStore(dir: string): Promise<Store> {
  return openChdbStore({ path: join(dir, 'store'), database: 'night' })
}

export interface TestPost {
  id: string
  /** Minutes after {@link NIGHT}; may be a fraction. */
  at: number
  text: string
  author?: string
  narratives?: Narrative[]
  stance?: Stance
  flagged?: boolean
  places?: string[]
  repostOf?: string | null
  textKey?: string
  sketch?: string
  url?: string | null
  language?: string
}

export function postRow(one: TestPost): Row {
  const {
    id,
    at,
    text,
    author = `author of ${id}`,
    narratives = ['machine_failure'],
    stance = 'asserts',
  } = one
  const createdAt = Math.round(NIGHT + at * MINUTE)
  const places = one.places ?? []
  const values: Record<(typeof POST_COLUMNS)[number], unknown> = {
    minute: Math.floor(createdAt / MINUTE),
    post: hash64(id),
    id,
    source: 'file:night',
    url: one.url ?? null,
    author,
    created_at: createdAt,
    captured_at: createdAt + 500,
    text,
    text_key: hash64(one.textKey ?? text),
    sketch: one.sketch ?? sketchOf(one.textKey ?? text),
    langs: ['en'],
    language: one.language ?? 'en',
    reply_to: null,
    repost_of: one.repostOf ?? null,
    quote_of: null,
    place_hint: null,
    marks: [],
    cid: null,
    payload_sha256: 'ab'.repeat(32),
    flagged: one.flagged ?? stance === 'asserts',
    score: 0.75,
    narratives,
    narrative_scores: { machine_failure: 0.75 },
    stance,
    stance_scores: { asserts: 0.5 },
    words: ['scanner'],
    places,
    counted_places: ['US', ...places],
    model: 'test 1',
  }
  return POST_COLUMNS.map((column) => values[column])
}

export async function insertPosts(store: Store, posts: readonly TestPost[]): Promise<void> {
  await store.insert('posts', POST_COLUMNS, posts.map(postRow))
}

/** A minute's sealed rows: posts of machine_failure, and the exposure. */
export async function insertMinute(
  store: Store,
  at: number,
  place: string,
  counts: { posts: number; authors?: number; debunks?: number; exposure: number; version?: number },
): Promise<void> {
  const minute = NIGHT / MINUTE + at
  const { posts, authors = posts, debunks = 0, exposure, version = 1 } = counts
  await store.insert('exposure_minutes', EXPOSURE_COLUMNS, [[minute, place, exposure * 2, exposure, version]])
  await store.insert('narrative_minutes', NARRATIVE_COLUMNS, [
    [minute, place, 'machine_failure', posts, 0, authors, posts, posts, 0, 0, debunks, version],
  ])
}

export function testSpike(change: Partial<Spike> = {}): Spike {
  return {
    id: 'spike1',
    narrative: 'machine_failure',
    place: 'AZ',
    placeName: 'Arizona',
    phase: 'growing',
    onset: NIGHT + 10 * MINUTE,
    detected: NIGHT + 12 * MINUTE,
    peak: NIGHT + 14 * MINUTE,
    end: null,
    posts: 6,
    authors: 5,
    texts: 3,
    expected: 0.5,
    size: 5.5,
    sizeLow: 3,
    sizeHigh: 9,
    score: 8,
    echo: false,
    reason: null,
    successor: null,
    debunks: 1,
    examples: [],
    revision: 1,
    ...change,
  }
}

export const DRAFT = {
  draftedBy: 'Ann Lee',
  narrative: 'machine_failure',
  place: 'AZ',
  claim: 'Scanners in every precinct stopped counting',
  text: 'Two scanners were replaced before noon. Every ballot put in them was counted.',
  link: 'https://elections.example.gov/scanners',
  rating: 'Misleading',
} as const
