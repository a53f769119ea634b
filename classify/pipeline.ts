/** From the topic to the store: judges every post, stores what it led to, and says how far it has come. */
import { randomUUID } from 'node:crypto'
import type {
  Change,
  Coverage,
  DeadLetter,
  Like,
  Post,
  SourceStatus,
  StreamRecord,
} from '../ingest/contract.ts'
import { placeOf, type Delivery, type Handler, type InvalidRecord } from '../ingest/topic/topic.ts'
import { CHANGE_COLUMNS, changeRow } from './changes.ts'
import { isHasty } from './contract.ts'
import type { Haste } from './haste.ts'
import type { HastyPosts } from './hasty-posts.ts'
import { inOrder, type InsertInOrder } from './group-insert.ts'
import { judgeAll, sortPosts } from './judge-all.ts'
import type { Judge, JudgedPost } from './judge.ts'
import { LIKE_COLUMNS, TAKEN_BACK_COLUMNS, type LikeRows } from './likes.ts'
import type { Originals } from './originals.ts'
import { createProgressWriter } from './progress.ts'
import type { Reader } from './reading.ts'
import type { Replace } from './replace.ts'
import { DEAD_LETTER_COLUMNS, POST_COLUMNS, SEEN_COLUMNS, deadLetterRow, postRow, seenRow } from './rows.ts'
import type { Row, Store } from './store/store.ts'
import type { WaitingReposts } from './waiting.ts'

/** A worker must be silent for twice as long before another takes its partitions over (ingest/topic/kafka.ts). */
const ALONE_MS = 3_000
/** What was taken in longer ago is a replay, or makes large deliveries: it has no need to wait for more. */
const LIVE_MS = 600_000

/** Where rows go: the store itself, or a group commit before it that several pipelines share. */
type Inserter = Pick<Store, 'insert'>

export interface ClassifyOptions extends Inserter {
  /** Without it: one insert after the other. */
  insertInOrder?: InsertInOrder
  readAll: Reader
  judge: Judge
  originals: Originals
  waiting: WaitingReposts
  /** Stores what was judged again. */
  replace: Replace
  haste: Haste
  hasty: Pick<HastyPosts, 'keep'>
  likeRows: LikeRows
  /** Names the topic in the ids of records that could not be decoded. */
  topicName: string
  /** Wall clock, epoch ms. */
  now: () => number
}

export interface ClassifyPipeline {
  posts: Handler<StreamRecord>
  deadLetters: Handler<DeadLetter>
  /** Writes what is still to be said of the progress. */
  stop(): Promise<void>
}

/**
 * Gives the handlers for the two topics. Each resolves when everything that its delivery led to is stored; a redelivery
 * stores the same rows again, which changes no count.
 */
export function createClassifyPipeline(options: ClassifyOptions): ClassifyPipeline {
  const { topicName, now } = options
  const store: Inserter = options
  const insertInOrder = options.insertInOrder ?? inOrder((...rows) => store.insert(...rows))
  const progress = createProgressWriter(store)
  // One delivery is judged after the other, so that the first is stored while the next is judged.
  let judging: Promise<unknown> = Promise.resolve()
  function judgeInTurn(posts: readonly Post[], isInHaste: (waiting: number) => boolean): Promise<JudgedRows> {
    const sorted = sortPosts(posts)
    const readings = options.readAll(sorted.firsts, isInHaste)
    const waiting = options.waiting.waitingFor(posts.map(({ id }) => id))
    // Asked for at once, looked at in turn: until then nobody would hear of a failure.
    void Promise.allSettled([readings, waiting])
    const rows = judging.then(async () => {
      const { judged, unknown } = await judgeAll(sorted, await readings, options)
      for (const post of unknown) judged.push(judgeUnknown(post, options))
      return toRows(judged, judgeWaiting(await waiting, options), unknown)
    })
    judging = Promise.allSettled([rows])
    return rows
  }

  /**
   * Rows wait for their insert much longer than posts to be judged: what is stored of most posts is a tenth of them, and
   * the collector copies all that waits. So nothing that waits here holds the delivery.
   */
  async function handlePosts(delivery: Delivery<StreamRecord>): Promise<void> {
    const { posts, ...others } = sort(delivery.records)
    const { partition, invalid, lag } = delivery
    const newest = newestTime(posts)
    const late = delivery.shared === true ? lateness(posts, now) : () => 0
    const elapsed = stopwatch(now)
    // What is not yet shown to the model of a large delivery waits behind the rest of it.
    const isInHaste = (waiting: number): boolean => options.haste.needs({ lag: lag + waiting }, newest)
    return storeDelivery(judgeInTurn(posts, isInHaste), {
      ...others,
      partition,
      invalid,
      lag,
      newest,
      late,
      elapsed,
    })
  }

  async function storeDelivery(judging: Promise<JudgedRows>, rest: BesidePosts): Promise<void> {
    const { changes, likes, coverage, statuses, ends, partition, invalid, lag, newest } = rest
    const { posts, seen, again, hasty, unknown } = await judging
    const liked = await options.likeRows(likes)
    const look = randomUUID()
    await keepShown(hasty, look)
    await Promise.all([
      options.waiting.keep(unknown),
      // `posts` first: whoever finds a post in `seen` finds its verdict too.
      insertInOrder(
        [
          { table: 'posts', columns: POST_COLUMNS, rows: posts },
          { table: 'seen', columns: SEEN_COLUMNS, rows: seen },
        ],
        rest.late(),
      ),
      options.replace(again, again.filter(carriesNarrative)),
      store.insert('post_changes', CHANGE_COLUMNS, changes.map(changeRow)),
      store.insert('likes', LIKE_COLUMNS, liked.likes),
      store.insert('likes_taken_back', TAKEN_BACK_COLUMNS, liked.takenBack),
      storeCoverage(store, coverage),
      storeStatuses(store, statuses),
      storeInvalid(store, topicName, invalid, now()),
    ])
    const found = rest.elapsed() > ALONE_MS ? await storeFound(unknown, look) : []
    await options.hasty.keep([...hasty, ...found], look)
    await storeEnds(store, partition, ends)
    progress.note(partition, newest, lag)
    if (ends.length > 0) await progress.flush()
  }

  /**
   * A worker that stood still while another took its partition over stores what is old by then: that other may have judged
   * these reposts again by originals which came meanwhile. What is stored last holds, so they are looked for once more.
   */
  async function storeFound(reposts: readonly Post[], look: string): Promise<JudgedPost[]> {
    if (reposts.length === 0) return []
    const found = await options.originals.find(reposts.map(({ repostOf }) => repostOf!))
    const judged = reposts.flatMap((post) => {
      const original = found.get(post.repostOf!)
      return original === undefined ? [] : [options.judge(post, original)]
    })
    await keepShown(judged, look)
    await options.replace(judged, judged.filter(carriesNarrative))
    return judged
  }

  /**
   * What says a narrative in haste is kept before it is stored, too. Stored half-way and then delivered again, when there is
   * time, it may carry none: nothing is stored then that would take the place of the row that says so.
   */
  function keepShown(judged: readonly JudgedPost[], look: string): Promise<void> {
    return options.hasty.keep(judged.filter(carriesNarrative), look)
  }

  async function handleDeadLetters(delivery: Delivery<DeadLetter>): Promise<void> {
    await Promise.all([
      store.insert('dead_letters', DEAD_LETTER_COLUMNS, delivery.records.map(deadLetterRow)),
      storeInvalid(store, `${topicName}.dead-letters`, delivery.invalid, now()),
    ])
  }

  return { posts: handlePosts, deadLetters: handleDeadLetters, stop: () => progress.stop() }
}

/** What a delivery's posts lead to. */
interface JudgedRows {
  posts: Row[]
  seen: Row[]
  /** Reposts that waited, judged by their originals. */
  again: JudgedPost[]
  /** Judged in haste. */
  hasty: JudgedPost[]
  /** Reposts whose original is not known. */
  unknown: Post[]
}

/** What is stored of a delivery beside its posts. */
interface BesidePosts extends Omit<ReturnType<typeof sort>, 'posts'> {
  partition: number
  invalid: readonly InvalidRecord[]
  lag: number
  newest: number | null
  /** How late its posts are, ms: machines that share a topic and are behind gather more for each insert. */
  late: () => number
  elapsed: () => number
}

function toRows(judged: readonly JudgedPost[], again: JudgedPost[], unknown: Post[]): JudgedRows {
  return {
    posts: judged.filter(carriesNarrative).map(postRow),
    seen: judged.map(seenRow),
    again,
    hasty: [...judged, ...again].filter(({ verdict }) => isHasty(verdict)),
    unknown,
  }
}

/** How long ago the newest of them was taken in, ms; 0 where that is over `LIVE_MS`, or a time to come. */
function lateness(posts: readonly Post[], now: () => number): () => number {
  const capturedAt = posts.reduce((last, post) => Math.max(last, post.capturedAt), 0)
  return () => {
    const late = now() - capturedAt
    return late < LIVE_MS ? Math.max(0, late) : 0
  }
}

/** By two clocks: the one goes on while this process stands still, the other while the whole machine does. */
function stopwatch(now: () => number): () => number {
  const [wall, monotonic] = [now(), performance.now()]
  return () => Math.max(now() - wall, performance.now() - monotonic)
}

function carriesNarrative({ verdict }: JudgedPost): boolean {
  return verdict.narratives.length > 0
}

function sort(records: readonly StreamRecord[]) {
  const posts: Post[] = []
  const changes: Change[] = []
  const likes: Like[] = []
  const coverage: Coverage[] = []
  const statuses: SourceStatus[] = []
  const ends: { source: string; lastEventAt: number }[] = []
  for (const record of records) {
    if (record.kind === 'post') posts.push(record.post)
    else if (record.kind === 'change') changes.push(record.change)
    else if (record.kind === 'like') likes.push(record.like)
    else if (record.kind === 'coverage') coverage.push(record.coverage)
    else if (record.kind === 'status') statuses.push(record.status)
    else ends.push(record)
  }
  return { posts, changes, likes, coverage, statuses, ends }
}

/** A repost whose original was never seen: nothing is known of what it says. */
function judgeUnknown(post: Post, { judge, originals }: ClassifyOptions): JudgedPost {
  const judged = judge(post, originals.unknown)
  originals.remember(judged)
  return judged
}

/** Reposts that came before their originals, judged by these. (No network reposts a repost: that is not followed.) */
function judgeWaiting(waiting: readonly Post[], { judge, originals }: ClassifyOptions): JudgedPost[] {
  return waiting.flatMap((post) => {
    const original = originals.recent(post.repostOf!)
    return original === undefined ? [] : [judge(post, original)]
  })
}

function newestTime(posts: readonly Post[]): number | null {
  return posts.reduce<number | null>(
    (last, { createdAt }) => (last === null || createdAt > last ? createdAt : last),
    null,
  )
}

async function storeCoverage(store: Inserter, coverage: readonly Coverage[]): Promise<void> {
  const rows: Row[] = coverage.map(({ source, from, to, kind, share }) => [source, from, to, kind, share])
  await store.insert('coverage', ['source', 'from_at', 'to_at', 'kind', 'share'], rows)
}

const STATUS_COLUMNS = [
  'source',
  'state',
  'detail',
  'since',
  'received',
  'accepted',
  'duplicate',
  'dead',
  'last_event_at',
] as const

async function storeStatuses(store: Inserter, statuses: readonly SourceStatus[]): Promise<void> {
  const rows: Row[] = statuses.map(({ source, state, detail, since, counts }) => {
    const { received = 0, accepted = 0, duplicate = 0, dead = 0, lastEventAt = null } = counts ?? {}
    return [source, state, detail, since, received, accepted, duplicate, dead, lastEventAt]
  })
  await store.insert('source_status', STATUS_COLUMNS, rows)
}

async function storeEnds(
  store: Inserter,
  partition: number,
  ends: readonly { source: string; lastEventAt: number }[],
): Promise<void> {
  const rows: Row[] = ends.map(({ source, lastEventAt }) => [source, partition, lastEventAt])
  await store.insert('ended_sources', ['source', 'partition', 'last_event_at'], rows)
}

/** A record that is none of ours is set aside like any other bad input; it never stops the stream. */
async function storeInvalid(
  store: Inserter,
  topic: string,
  invalid: readonly InvalidRecord[],
  capturedAt: number,
): Promise<void> {
  const rows = invalid.map((record) =>
    deadLetterRow({
      id: `topic:${topic}/${placeOf(record)}`,
      source: `topic:${topic}`,
      reason: 'invalid_record',
      detail: record.detail,
      payload: record.payload,
      capturedAt,
    }),
  )
  await store.insert('dead_letters', DEAD_LETTER_COLUMNS, rows)
}
