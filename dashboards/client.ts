/** The page's calls to the API. Every address is relative to the page's own folder: a drill is served at `drill/`. */
import type {
  CorrectionInput,
  CoverageEntry,
  Draft,
  PostPage,
  Problem,
  PushAnswer,
  Rebuttal,
  Series,
  Spike,
  SpikeDetail,
  StateMap,
  Status,
  WithdrawalInput,
} from '../api/contract.ts'
import type { Narrative } from '../classify/contract.ts'

/** What the server refused, or that it could not be asked at all (`code` is then `unreachable`). */
export class CallError extends Error {
  override name = 'CallError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A call that hangs longer than this is worse than one that failed: the page says so and asks again. */
const CALL_TIMEOUT_MS = 20_000
/** A recorded night may be large; the server waits no longer either. */
const UPLOAD_TIMEOUT_MS = 300_000
/** A night in two and a half minutes a day: slow enough to watch it grow. */
const REPLAY_SPEED = 600
/** Characters of a file's name, from its end, where its format stands. */
const NAME_MAX = 200

type Query = Readonly<Record<string, string | number | null | undefined>>

/** `path?key=value`, without what is null or undefined. */
function address(path: string, query: Query = {}): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value != null) params.set(key, String(value))
  const search = params.toString()
  return search === '' ? path : `${path}?${search}`
}

async function call<T>(url: string, init: RequestInit = {}, timeoutMs = CALL_TIMEOUT_MS): Promise<T> {
  let response: Response
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
  } catch (cause) {
    throw new CallError('unreachable', 'Tallywatch does not answer.', { cause })
  }
  const body: unknown = await response.json().catch(() => null)
  if (response.ok && body !== null) return body as T
  const problem = body as Partial<Problem> | null
  throw new CallError(
    problem?.code ?? `http_${response.status}`,
    problem?.detail ?? problem?.title ?? `Tallywatch answered with an error (${response.status}).`,
  )
}

function send<T>(url: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  return call(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

export interface SeriesQuery {
  narratives: readonly Narrative[]
  place: string
  from: number
  to: number
  stepMinutes: number
}

export const getStatus = (): Promise<Status> => call('api/status')

export async function getSpikes(): Promise<Spike[]> {
  return (await call<{ spikes: Spike[] }>('api/spikes')).spikes
}

export const getSpike = (id: string): Promise<SpikeDetail> => call(`api/spikes/${encodeURIComponent(id)}`)

/** A series for each narrative; every step from `from` to `to` has a point. */
export async function getSeries({
  narratives,
  place,
  from,
  to,
  stepMinutes,
}: SeriesQuery): Promise<Series[]> {
  const query = { narrative: narratives.join(','), place, from, to, step: stepMinutes }
  return (await call<{ series: Series[] }>(address('api/series', query))).series
}

export const getMap = (narrative: Narrative | null, from: number, to: number): Promise<StateMap> =>
  call(address('api/map', { narrative, from, to }))

export type Order = 'newest' | 'oldest'

export const getPosts = (spike: string, order: Order, cursor: string | null): Promise<PostPage> =>
  call(address('api/posts', { spike, order, cursor }))

/** A state's counties, in order of FIPS code. */
export async function getCounties(state: string): Promise<{ id: string; name: string }[]> {
  return (await call<{ places: { id: string; name: string }[] }>(address('api/places', { state }))).places
}

export async function getCoverage(): Promise<CoverageEntry[]> {
  return (await call<{ coverage: CoverageEntry[] }>('api/coverage')).coverage
}

export async function getRebuttals(): Promise<Rebuttal[]> {
  return (await call<{ rebuttals: Rebuttal[] }>('api/rebuttals')).rebuttals
}

export const draftRebuttal = (draft: Draft): Promise<Rebuttal> => send('api/rebuttals', draft)

export const approveRebuttal = (id: string, approvedBy: string): Promise<Rebuttal> =>
  send(`api/rebuttals/${encodeURIComponent(id)}/approve`, { approvedBy })

export const publishRebuttal = (id: string, publishedBy: string): Promise<Rebuttal> =>
  send(`api/rebuttals/${encodeURIComponent(id)}/publish`, { publishedBy })

export const correctRebuttal = (id: string, correction: CorrectionInput): Promise<Rebuttal> =>
  send(`api/rebuttals/${encodeURIComponent(id)}/correct`, correction)

export const withdrawRebuttal = (id: string, withdrawal: WithdrawalInput): Promise<Rebuttal> =>
  send(`api/rebuttals/${encodeURIComponent(id)}/withdraw`, withdrawal)

/** Starts the drill beside this page; gives the path of the drill's own page. */
export const startDrill = (): Promise<{ path: string }> => send('api/demo/drill', {})

/** Plays a recorded night beside this page, from a file of the reader's; gives the path of its own page. */
export const playReplay = (file: File): Promise<{ path: string }> =>
  call(
    address('api/demo/replay', { name: file.name.slice(-NAME_MAX), speed: REPLAY_SPEED }),
    { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file },
    UPLOAD_TIMEOUT_MS,
  )

/** Adds a file's posts to this night; `map` names columns, or is empty. */
export const uploadPosts = (file: File, map: string): Promise<PushAnswer> =>
  call(
    address('api/upload', { name: file.name.slice(-NAME_MAX), map: map === '' ? null : map }),
    { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file },
    UPLOAD_TIMEOUT_MS,
  )

/** All posts of a spike as a file. Spreadsheets read letters rightly only behind a byte order mark. */
export const exportAddress = (spike: string, format: 'csv' | 'jsonl'): string =>
  address('api/export', { spike, format, ...(format === 'csv' ? { excel: 'true' } : {}) })
