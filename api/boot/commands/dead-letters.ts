import { parseArgs } from 'node:util'
import { joinSql, param, sql } from '../../../classify/store/sql.ts'
import type { Store } from '../../../classify/store/store.ts'
import type { DeadLetter } from '../../../ingest/contract.ts'
import { createNormalizer } from '../../../ingest/normalize.ts'
import { toRecord } from '../../../ingest/pipeline.ts'
import { HASHED } from '../../../ingest/sources/hide-authors.ts'
import { createRedrive } from '../../../ingest/sources/redrive.ts'
import { authorKey } from '../author-key.ts'
import { openStore, openTopics, type BackendsOptions } from '../backends.ts'
import { UsageError, type Command, type Io } from '../command.ts'
import { readConfig } from '../config.ts'
import { createErrorLog } from '../log.ts'
import { findDesks, findNamespace } from '../namespace.ts'
import { startClassify } from '../roles/classify.ts'

/** Of each, on a screen. */
const SHOWN_DEFAULT = 20
const SHOWN_CHARACTERS = 200
/** Read, published and stored together; what a stop repeats. */
const BLOCK = 1_000

interface Filter {
  reason?: string | undefined
  source?: string | undefined
}

export const deadLettersCommand: Command = {
  name: 'dead-letters',
  summary: 'shows what was set aside, by reason, and reads it again with --redrive',
  usage: '[--reason R] [--source S] [--limit N] [--json] [--redrive [--map field=column,…]] [--data DIR]',
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        reason: { type: 'string' },
        source: { type: 'string' },
        limit: { type: 'string' },
        json: { type: 'boolean', default: false },
        redrive: { type: 'boolean', default: false },
        map: { type: 'string' },
        data: { type: 'string' },
      },
    })
    if (values.map !== undefined && !values.redrive) throw new UsageError('--map goes with --redrive')
    const limit = Number(values.limit ?? SHOWN_DEFAULT)
    if (!Number.isInteger(limit) || limit < 0) throw new UsageError('--limit must be a whole number')
    const config = readConfig(io.env, { data: values.data })
    const { backends, partitions } = config
    // Opening the engine would make a folder, and show nothing for a name that was mistyped.
    if (backends.kind === 'embedded') await findDesks(config)
    const namespace = config.namespace ?? (await findNamespace({ backends, partitions }))
    const options = { backends, partitions, namespace }
    const store = await openStore(options)
    try {
      if (!values.redrive) return await show(store, values, limit, values.json, io)
      const key = await authorKey(backends.dataDir, config.authorKey)
      return await redriveAll(store, options, key, values, values.map ?? null, io)
    } finally {
      await store.close()
    }
  },
}

const condition = ({ reason, source }: Filter) =>
  joinSql(
    [
      sql`1`,
      ...(reason === undefined ? [] : [sql`reason = ${param.string(reason)}`]),
      ...(source === undefined ? [] : [sql`source = ${param.string(source)}`]),
    ],
    ' AND ',
  )

async function show(store: Store, filter: Filter, limit: number, json: boolean, io: Io): Promise<number> {
  if (json) {
    for await (const block of read(store, filter)) {
      for (const letter of block) io.stdout.write(`${JSON.stringify(letter)}\n`)
    }
    return 0
  }
  const counts = await store.query<{ reason: string; source: string; total: number }>(sql`
    SELECT reason, source, toFloat64(uniqExact(id)) AS total FROM dead_letters
    WHERE ${condition(filter)} GROUP BY reason, source ORDER BY total DESC, reason, source`)
  if (counts.length === 0) io.stdout.write('Nothing was set aside.\n')
  for (const { reason, source, total } of counts) io.stdout.write(`${total}\t${reason}\t${source}\n`)
  const newest = await store.query<DeadLetter>(sql`
    SELECT ${FIELDS} FROM dead_letters FINAL WHERE ${condition(filter)}
    ORDER BY captured_at DESC, id LIMIT ${param.int(limit)}`)
  for (const { id, reason, detail, payload, capturedAt } of newest) {
    const start = payload.replaceAll(/\s+/g, ' ').slice(0, SHOWN_CHARACTERS)
    io.stdout.write(`\n${new Date(capturedAt).toISOString()}  ${reason}  ${id}\n  ${detail}\n  ${start}\n`)
  }
  return 0
}

const FIELDS = sql`id, source, reason, detail, payload, toFloat64(toUnixTimestamp64Milli(captured_at)) AS capturedAt`

/** All that match, in the order of their ids, a block at a time. */
async function* read(store: Store, filter: Filter): AsyncGenerator<DeadLetter[]> {
  for (let after = ''; ;) {
    const block = await store.query<DeadLetter>(sql`
      SELECT ${FIELDS} FROM dead_letters FINAL WHERE ${condition(filter)} AND id > ${param.string(after)}
      ORDER BY id LIMIT ${param.int(BLOCK)}`)
    if (block.length > 0) yield block
    const last = block.at(-1)
    if (last === undefined || block.length < BLOCK) return
    after = last.id
  }
}

/** What becomes posts is taken out of the dead letters once the posts are durable; stopped in between, it is read again. */
async function redriveAll(
  store: Store,
  options: BackendsOptions,
  key: string,
  filter: Filter,
  map: string | null,
  io: Io,
): Promise<number> {
  const hashed = (account: string): string | null => HASHED.exec(account)?.[1] ?? null
  const redrive = createRedrive(createNormalizer({ authorKey: key, hashed }), map)
  const onError = createErrorLog()
  const topics = await openTopics(options)
  // In server mode others judge.
  const embedded = options.backends.kind === 'embedded'
  const role = embedded
    ? await startClassify(topics, store, { workers: 1, hasteAfterMs: null, onError })
    : null
  let posts = 0
  const left = new Map<string, number>()
  try {
    for await (const block of read(store, filter)) {
      if (io.signal.aborted) break
      const done: string[] = []
      const records = block.flatMap((letter) => {
        const result = redrive(letter)
        if (!result.ok) {
          left.set(result.why, (left.get(result.why) ?? 0) + 1)
          return []
        }
        done.push(letter.id)
        return result.posts.map(toRecord)
      })
      await (
        await topics.posts.publish(records)
      ).durable
      if (done.length > 0) {
        await store.command(sql`DELETE FROM dead_letters WHERE id IN ${param.strings(done)}`)
      }
      posts += records.length
    }
  } finally {
    await role?.stop()
    await topics.close()
  }
  const again = [...left.values()].reduce((sum, count) => sum + count, 0)
  io.stdout.write(`${posts} posts were read again and stored; ${again} stay set aside.\n`)
  const reasons = [...left].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN_DEFAULT)
  for (const [why, count] of reasons) io.stdout.write(`  ${count}\t${why}\n`)
  return 0
}
