/** What others send: pushes by the senders with a token, and files that somebody at the desk uploads. */
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Pushes, PushFormat, PushTarget, RefusalCode, Taken } from '../../ingest/sources/push/port.ts'
import { pushAnswerSchema, type PushAnswer } from '../contract.ts'
import { createAnswers } from '../push/answers.ts'
import type { App, AppDeps } from './deps.ts'
import { json, problem, problemResponse, RequestError } from './problem.ts'

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/
const KEY_MAX = 255
/** Each holds a connection and some pieces of its body, a megabyte at most. */
const AT_ONCE_MAX = 64
/** What is left of a refused body is read to here and so long: many clients look for no answer before all is sent. */
const DRAIN_MAX = 16 * 1024 * 1024
const DRAIN_MS = 1_000
/** A tip; the same bound as for a line. */
const WHOLE_MAX = 1024 * 1024

const FORMATS: Readonly<Record<string, PushFormat>> = {
  'application/json': 'json',
  'application/x-ndjson': 'jsonl',
  'application/ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
  'text/csv': 'csv',
}

const STATUS: Partial<Record<RefusalCode, ContentfulStatusCode>> = {
  too_large: 413,
  line_too_long: 413,
  quota: 429,
  not_durable: 503,
  cut_off: 400,
  bad_gzip: 400,
  bad_map: 400,
}

const binary = z.string().meta({ format: 'binary' })

const pushRoute = createRoute({
  method: 'post',
  path: '/api/ingest/{source}',
  summary: 'Push posts; answered when all of them are durable',
  description:
    'Authorization: Bearer with the source’s token. Content-Encoding: gzip is understood. With an Idempotency-Key the ' +
    'same request sent again gives the same answer, and no post is counted twice.',
  request: {
    params: z.object({ source: z.string().regex(NAME) }),
    headers: z.object({
      'idempotency-key': z.string().min(1).max(KEY_MAX).optional(),
      'content-encoding': z.enum(['gzip', 'identity']).optional(),
    }),
    body: {
      required: true,
      content: {
        'application/x-ndjson': { schema: binary },
        'text/csv': { schema: binary },
        'application/json': { schema: z.unknown() },
      },
    },
  },
  responses: {
    200: json(pushAnswerSchema, 'all of it is durable'),
    400: problemResponse('a header that is none, or a body that was cut off'),
    401: problemResponse('no such source, or not its token'),
    409: problemResponse('a request with this key is under way'),
    413: problemResponse('a line or a body that is too large; `line` says where'),
    415: problemResponse('a type or an encoding that is not read'),
    422: problemResponse('a line that is no post; those before `line` were taken. Or a key of another body'),
    429: problemResponse('more than this sender may push; those before `line` were taken'),
    503: problemResponse('not stored in time: send it again'),
  },
})

const uploadRoute = createRoute({
  method: 'post',
  path: '/api/upload',
  summary: 'Add the posts of a file to the live night: JSON lines or CSV, plain or gzip',
  request: {
    query: z.object({
      name: z.string().min(1).max(200).describe("the file's name, by whose ending its format is told"),
      map: z
        .string()
        .min(1)
        .max(1_000)
        .optional()
        .describe('`text=body,createdAt=date`: columns by other names'),
    }),
    body: { content: { 'application/octet-stream': { schema: binary } }, required: true },
  },
  responses: {
    200: json(pushAnswerSchema, 'all of it is durable; what could not be read was set aside'),
    400: problemResponse('no file, or a map that does not fit it'),
    413: problemResponse('a file larger than this desk takes'),
    503: problemResponse('not stored in time: send it again'),
  },
})

/** Adds both; they read their own bodies, which may be longer than memory. */
export function addIngestRoutes(app: App, deps: Pick<AppDeps, 'store' | 'now'> & { pushes: Pushes }): void {
  const { pushes, store, now } = deps
  const answers = createAnswers(store, now)
  const underWay = new Set<string>()
  let running = 0

  async function counted(work: () => Promise<Response>): Promise<Response> {
    if (running >= AT_ONCE_MAX) throw new RequestError(503, 'busy', 'too many pushes at once: try again soon')
    running += 1
    try {
      return await work()
    } finally {
      running -= 1
    }
  }

  async function push(c: Context): Promise<Response> {
    const source = c.req.param('source') ?? ''
    const target = openTarget(pushes, source, c.req.header('authorization'))
    const format = formatOf(c)
    const gzip = isGzip(c)
    const given = keyOf(c)
    const body = openBody(c)
    let bytes: AsyncIterable<Uint8Array> = body
    let key = given === null ? null : hash('sha256', given, 'hex')
    // A tip that comes without a key has its own content for one: providers send again what was not answered.
    if (key === null && format === 'json') {
      const whole = await hold(bytes)
      // Packed twice it is the same content and not the same bytes.
      const digest = await target.digest(once(whole), { format, gzip, bytesMax: WHOLE_MAX })
      key = digest ?? hash('sha256', whole, 'hex')
      bytes = once(whole)
    }
    const { bytesMax } = target
    const request = { format, gzip, bytesMax, strict: true, networkIds: false }
    if (key === null) {
      const taken = await target.take(bytes, { ...request, receivedAt: now(), key })
      return answer(c, source, taken, body)
    }

    const name = `${source}/${key}`
    if (underWay.has(name)) {
      throw new RequestError(409, 'in_progress', 'a request with this Idempotency-Key is under way')
    }
    underWay.add(name)
    try {
      const known = await answers.begin(source, key)
      if (known.answered !== null) {
        const sha256 = await target.digest(bytes, request)
        if (sha256 !== known.answered.sha256) {
          throw new RequestError(422, 'key_reused', 'this Idempotency-Key came with another body before')
        }
        const before = pushAnswerSchema.parse(known.answered.answer)
        target.noteAgain(before.received)
        c.header('idempotency-replayed', 'true')
        return c.json(before, 200)
      }
      const taken = await target.take(bytes, { ...request, receivedAt: known.receivedAt, key })
      if (taken.ok) await answers.finish(source, key, known, taken.sha256, toAnswer(source, taken))
      return await answer(c, source, taken, body)
    } finally {
      underWay.delete(name)
    }
  }

  async function upload(c: Context): Promise<Response> {
    const { name, map } = parseQuery(c)
    const plain = name.toLowerCase().replace(/\.gz$/, '')
    const format = /\.(csv|tsv|txt)$/.test(plain) ? 'csv' : 'jsonl'
    const gzip = plain.length < name.length
    // The file's own content names its records: uploaded twice it is counted once.
    const request = {
      format,
      gzip,
      bytesMax: pushes.upload.bytesMax,
      strict: false,
      networkIds: true,
    } as const
    const body = openBody(c)
    const taken = await pushes.upload.take(body, { ...request, receivedAt: now(), key: null, map })
    return answer(c, 'upload', taken, body)
  }

  // Not by app.openapi(): its validator would read the whole body to check it.
  app.openAPIRegistry.registerPath(pushRoute)
  app.post('/api/ingest/:source', (c) => counted(() => push(c)))
  app.openAPIRegistry.registerPath(uploadRoute)
  app.post('/api/upload', (c) => counted(() => upload(c)))
}

function openTarget(pushes: Pushes, source: string, authorization: string | undefined): PushTarget {
  const token = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  const target = token !== undefined && NAME.test(source) ? pushes.open(source, token) : null
  if (target === null) {
    throw new RequestError(401, 'bad_token', 'Authorization: Bearer has to hold the token of this source')
  }
  return target
}

function formatOf(c: Context): PushFormat {
  const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  const format = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined
  if (format !== undefined) return format
  const types = Object.keys(FORMATS).join(', ')
  throw new RequestError(415, 'unsupported_media_type', `the Content-Type has to be one of ${types}`)
}

function isGzip(c: Context): boolean {
  const encoding = (c.req.header('content-encoding') ?? 'identity').trim().toLowerCase()
  if (encoding === 'gzip' || encoding === 'x-gzip') return true
  if (encoding === 'identity') return false
  c.header('accept-encoding', 'gzip, identity')
  throw new RequestError(415, 'unsupported_encoding', 'the Content-Encoding has to be gzip, or none')
}

function keyOf(c: Context): string | null {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return null
  if (key.length > 0 && key.length <= KEY_MAX) return key
  throw new RequestError(400, 'bad_key', `an Idempotency-Key has 1 to ${KEY_MAX} characters`)
}

function parseQuery(c: Context): { name: string; map: string | undefined } {
  const parsed = uploadRoute.request.query.safeParse(c.req.query())
  if (parsed.success) return { name: parsed.data.name, map: parsed.data.map }
  throw new RequestError(400, 'invalid_request', parsed.error.issues.map(({ message }) => message).join('; '))
}

interface RequestBody extends AsyncIterable<Uint8Array> {
  /** Reads on without keeping anything; false where too much is left. */
  drain(): Promise<boolean>
}

/** The body, no faster than it is read. Whoever stops reading does not cut it off: that would hide the answer. */
function openBody(c: Context): RequestBody {
  const { body } = c.req.raw
  if (body === null) throw new RequestError(400, 'no_body', 'the request has no body')
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader()
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    const { done, value } = await reader.read()
    return done ? { done, value: undefined } : { done, value }
  }
  return {
    [Symbol.asyncIterator]: () => ({ next }),
    async drain() {
      const late = sleep(DRAIN_MS, null, { ref: false })
      for (let size = 0; size <= DRAIN_MAX;) {
        const result = await Promise.race([next(), late])
        if (result === null) return false
        if (result.done === true) return true
        size += result.value.length
      }
      return false
    },
  }
}

async function hold(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const piece of bytes) {
    size += piece.length
    if (size > WHOLE_MAX) {
      const mend = 'send more as JSON lines (application/x-ndjson)'
      throw new RequestError(413, 'too_large', `a JSON body may have ${WHOLE_MAX} bytes: ${mend}`)
    }
    parts.push(piece)
  }
  return Buffer.concat(parts)
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

function toAnswer(source: string, taken: Extract<Taken, { ok: true }>): PushAnswer {
  const { received, accepted, setAside } = taken
  return { source, received, accepted, setAside }
}

async function answer(c: Context, source: string, taken: Taken, body: RequestBody): Promise<Response> {
  if (taken.ok) return c.json(toAnswer(source, taken), 200)
  const { code, line, detail, accepted, retryMs } = taken
  if (retryMs !== undefined) c.header('retry-after', String(Math.ceil(retryMs / 1_000)))
  if (code === 'cut_off' || !(await body.drain())) c.header('connection', 'close')
  const words = line === null || detail.startsWith('Line ') ? detail : `line ${line}: ${detail}`
  return problem(c, STATUS[code] ?? 422, code, words, { accepted, ...(line === null ? {} : { line }) })
}
