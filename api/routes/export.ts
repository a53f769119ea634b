/** The export: every post that the filters mean, once, as it was written. */
import { createRoute, z } from '@hono/zod-openapi'
import { stringify } from 'csv-stringify/sync'
import { NARRATIVES, STANCES } from '../../classify/contract.ts'
import { sql } from '../../classify/store/sql.ts'
import type { Coverage } from '../../ingest/contract.ts'
import { readCoverage } from '../coverage/read.ts'
import type { FlaggedPost } from '../contract.ts'
import type { App, RouteDeps } from './deps.ts'
import { flagParam } from './params.ts'
import { POST_FIELDS, postCondition, postFilterSchema, toPosts, type PostRow } from './post-query.ts'
import { problemResponse, RequestError } from './problem.ts'

/** Each holds a reader of the store open; an office downloads a few at a time. */
const EXPORTS_MAX = 8
/** A client that took nothing for this long is gone, or as good as. */
const STALL_MS = 60_000

type Cell = string | number | boolean | null

/** Rows written at once: some milliseconds, so that other requests are answered between. */
const PIECE_ROWS = 1_000
/** A spreadsheet shows it in one cell; JSON lines keep the list. */
const LIST_SEPARATOR = '; '
const BYTE_ORDER_MARK = '\uFEFF'

const exportRoute = createRoute({
  method: 'get',
  path: '/api/export',
  summary: 'All posts that the filters mean, as a file',
  description:
    'Streams every row, oldest first, each post once. JSON lines hold the texts as they are (but for posts that were ' +
    'edited or deleted since, whose words may be held back); in CSV a text that a ' +
    'spreadsheet would run as a formula begins with an apostrophe.',
  request: {
    query: postFilterSchema.extend({
      format: z.enum(['csv', 'jsonl']).default('csv'),
      excel: flagParam
        .optional()
        .describe('true: CSV with a byte order mark, without which Excel misreads letters'),
    }),
  },
  responses: {
    200: {
      description:
        'the file; one that breaks off ends without the last chunk, so that a client sees that it did',
      content: { 'text/csv': { schema: z.string() }, 'application/x-ndjson': { schema: z.string() } },
    },
    400: problemResponse('a filter that is none'),
    404: problemResponse('no such spike'),
    503: problemResponse('the store does not answer, or too many exports run at once'),
  },
})

export function addExportRoutes(app: App, deps: RouteDeps): void {
  const { store, ocdId, now } = deps
  let running = 0
  app.openapi(exportRoute, async (c) => {
    const { format, excel, ...filter } = c.req.valid('query')
    const condition = await postCondition(filter, deps)
    const stamp = new Date(now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
    const gaps = await readCoverage(store, now(), { from: filter.from, to: filter.to })
    const headers = {
      // What a file does not hold may be what nobody could see.
      'tallywatch-unseen-seconds': String(unseenSeconds(gaps, filter)),
      'content-type':
        format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson; charset=utf-8',
      'content-disposition': `attachment; filename="tallywatch-${stamp}Z.${format}"`,
      'cache-control': 'no-store',
    }
    if (c.req.method === 'HEAD') return c.body(null, 200, headers)
    if (running >= EXPORTS_MAX)
      throw new RequestError(503, 'too_many_exports', 'too many exports run at once: try again soon')
    // The order is the table's own, so that the engine sorts nothing and holds nothing back.
    const rows = store.stream<PostRow>(sql`
      SELECT ${POST_FIELDS} FROM posts FINAL WHERE ${condition} ORDER BY minute, post`)
    const blocks = readPosts(rows, deps)
    const chunks = format === 'csv' ? csvChunks(blocks, ocdId, excel === true) : jsonChunks(blocks, ocdId)
    running++
    return c.body(await openStream(chunks, () => running--), 200, headers)
  })
}

/** Of the time asked for, summed over the sources. */
function unseenSeconds(
  coverage: readonly Coverage[],
  { from = 0, to = Infinity }: { from?: number | undefined; to?: number | undefined },
): number {
  const missed = coverage.map((one) => (Math.min(to, one.to) - Math.max(from, one.from)) * (1 - one.share))
  return Math.round(missed.reduce((sum, ms) => sum + Math.max(0, ms), 0) / 1_000)
}

function exported(post: FlaggedPost, ocdId: (id: string) => string | null) {
  const { createdAt, capturedAt, places, ...rest } = post
  return {
    ...rest,
    createdAt: new Date(createdAt).toISOString(),
    capturedAt: new Date(capturedAt).toISOString(),
    places,
    placeOcdIds: places.map((place) => ocdId(place)).filter((id) => id !== null),
  }
}
type ExportRow = ReturnType<typeof exported>

const COLUMNS: readonly (readonly [string, (row: ExportRow) => Cell])[] = [
  ['id', (row) => row.id],
  ['source', (row) => row.source],
  ['url', (row) => row.url],
  ['createdAt', (row) => row.createdAt],
  ['capturedAt', (row) => row.capturedAt],
  ['author', (row) => row.author],
  ['text', (row) => row.text],
  ['flagged', (row) => row.flagged],
  ['score', (row) => row.score],
  ['narratives', (row) => row.narratives.join(LIST_SEPARATOR)],
  ['stance', (row) => row.stance],
  ...NARRATIVES.map(
    (name) => [`narrativeScores.${name}`, (row: ExportRow) => row.narrativeScores[name] ?? null] as const,
  ),
  ...STANCES.map(
    (name) => [`stanceScores.${name}`, (row: ExportRow) => row.stanceScores[name] ?? null] as const,
  ),
  ['words', (row) => row.words.join(LIST_SEPARATOR)],
  ['places', (row) => row.places.join(LIST_SEPARATOR)],
  ['placeOcdIds', (row) => row.placeOcdIds.join(LIST_SEPARATOR)],
  ['placeHint', (row) => row.placeHint],
  ['langs', (row) => row.langs.join(LIST_SEPARATOR)],
  ['language', (row) => row.language],
  ['replyTo', (row) => row.replyTo],
  ['repostOf', (row) => row.repostOf],
  ['quoteOf', (row) => row.quoteOf],
  ['marks', (row) => row.marks.join(LIST_SEPARATOR)],
  ['cid', (row) => row.cid],
  ['payloadSha256', (row) => row.payloadSha256],
  ['likes', (row) => row.likes],
  ['cluster', (row) => row.cluster],
  ['model', (row) => row.model],
]

async function* readPosts(blocks: AsyncIterable<PostRow[]>, deps: RouteDeps): AsyncGenerator<FlaggedPost[]> {
  const index = await deps.claims.read()
  for await (const block of blocks) yield await toPosts(block, index, deps)
}

async function* pieces(blocks: AsyncIterable<FlaggedPost[]>): AsyncGenerator<FlaggedPost[]> {
  for await (const block of blocks) {
    for (let start = 0; start < block.length; start += PIECE_ROWS)
      yield block.slice(start, start + PIECE_ROWS)
  }
}

async function* csvChunks(
  blocks: AsyncIterable<FlaggedPost[]>,
  ocdId: (id: string) => string | null,
  mark: boolean,
): AsyncGenerator<string> {
  const options = {
    record_delimiter: 'windows' as const,
    quoted_string: true,
    escape_formulas: true,
    cast: { boolean: (value: boolean) => String(value) },
  }
  let head = (mark ? BYTE_ORDER_MARK : '') + stringify([COLUMNS.map(([name]) => name)], options)
  for await (const piece of pieces(blocks)) {
    const rows = piece.map((post) => {
      const row = exported(post, ocdId)
      return COLUMNS.map(([, cell]) => cell(row))
    })
    yield head + stringify(rows, options)
    head = ''
  }
  if (head !== '') yield head
}

async function* jsonChunks(
  blocks: AsyncIterable<FlaggedPost[]>,
  ocdId: (id: string) => string | null,
): AsyncGenerator<string> {
  for await (const piece of pieces(blocks)) {
    yield piece.map((post) => `${JSON.stringify(exported(post, ocdId))}\n`).join('')
  }
}

/**
 * A body that is read as fast as the client takes it. The first chunk is read before it is given, so that a store that
 * does not answer becomes a problem document and not a broken file; one that fails later breaks the connection off.
 * `onEnd` is called once, however it ends.
 */
async function openStream(
  chunks: AsyncGenerator<string>,
  onEnd: () => void,
): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  let ended = false
  async function end(): Promise<void> {
    clearTimeout(timer)
    if (ended) return
    ended = true
    onEnd()
    await chunks.return(undefined)
  }
  async function next(): Promise<IteratorResult<string>> {
    try {
      return await chunks.next()
    } catch (error) {
      await end()
      throw error
    }
  }
  let first: IteratorResult<string> | null = await next()
  return new ReadableStream<Uint8Array>(
    {
      start: watch,
      async pull(controller) {
        clearTimeout(timer)
        const { done, value } = first ?? (await next())
        first = null
        if (done) {
          await end()
          controller.close()
        } else {
          controller.enqueue(encoder.encode(value))
          watch(controller)
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
  function watch(controller: ReadableStreamDefaultController<Uint8Array>): void {
    timer = setTimeout(() => {
      controller.error(new Error('the client took nothing for too long'))
      void end()
    }, STALL_MS).unref()
  }
}
