/** What `bench` measures: each stage over the same posts, and the ceiling that none can pass. */
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { createGate } from '../../../classify/gate.ts'
import { groupWordings } from '../../../classify/claims/group.ts'
import { sketchOf } from '../../../classify/claims/sketch.ts'
import { createJudge } from '../../../classify/judge.ts'
import { languageOf } from '../../../classify/language.ts'
import { createClassifier } from '../../../classify/model/classifier.ts'
import { goesOn } from '../../../classify/model/cascade.ts'
import { cleanText, textKey } from '../../../classify/model/normalize.ts'
import { loadEncoder } from '../../../classify/model/encoder.ts'
import { createFastModel } from '../../../classify/model/fast.ts'
import { createPlain } from '../../../classify/model/plain.ts'
import { resolveHint } from '../../../classify/places/hint.ts'
import { POST_COLUMNS, SEEN_COLUMNS, postRow, seenRow } from '../../../classify/rows.ts'
import { openChdbStore } from '../../../classify/store/chdb.ts'
import { stateOf } from '../../../ingest/base/jurisdictions.ts'
import type { Post, StreamRecord } from '../../../ingest/contract.ts'
import { streamRecordSchema } from '../../../ingest/contract.ts'
import type { Source } from '../../../ingest/sources/source.ts'
import { openQueueTopic } from '../../../ingest/topic/queue.ts'
import { measure, timeOnce, type Figure } from './measure.ts'

/** What the stages work on: the lines of a file, and the posts that they are. */
export interface Material {
  lines: string[]
  posts: Post[]
}

/** About what one delivery of the topic brings. */
const BATCH = 2_000

export async function readMaterial(path: string, source: Source, signal: AbortSignal): Promise<Material> {
  const bytes = await readFile(path)
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8')
  const posts: Post[] = []
  for await (const batch of source.read(null, signal)) posts.push(...batch.posts)
  return { lines: text.split('\n').filter((line) => line !== ''), posts }
}

export function measureParse({ lines }: Material): Promise<Figure> {
  return measure(
    'JSON.parse',
    lines.length,
    () => {
      for (const line of lines) JSON.parse(line)
    },
    'the ceiling: the same lines, nothing else',
  )
}

export async function measureSource(
  open: () => Source,
  { posts }: Material,
  signal: AbortSignal,
): Promise<Figure> {
  return measure(
    'source',
    posts.length,
    async () => {
      let read = 0
      for await (const batch of open().read(null, signal)) read += batch.posts.length
      if (read !== posts.length) throw new Error(`the source gave ${read} posts instead of ${posts.length}`)
    },
    'gunzip, parse, normalise',
  )
}

export function measureGate({ posts }: Material): Promise<Figure> {
  const gate = createGate()
  let passed = 0
  return measure('gate', posts.length, () => {
    passed = 0
    for (const { text } of posts) if (gate(text).candidate) passed++
  }).then((figure) => ({ ...figure, note: `lets ${((100 * passed) / posts.length).toFixed(1)} % through` }))
}

/** The distinct texts that pass the gate: made plain, then scored by the fast model. */
export async function measureFast({ posts }: Material): Promise<Figure[]> {
  const gate = createGate()
  const texts = [...new Set(posts.map(({ text }) => text).filter((text) => gate(text).candidate))]
  const fast = createFastModel()
  const plain = createPlain()
  const made = await measure(
    'plain',
    texts.length,
    () => {
      for (const text of texts) plain(cleanText(text))
    },
    'cleaned; look-alikes, hashtags, emoji undone',
  )
  const plains = texts.map((text) => plain(cleanText(text)))
  let further = 0
  const scored = await measure('fast', texts.length, () => {
    further = 0
    for (const text of plains) if (goesOn(fast.judge(text))) further++
  }).then((figure) => ({
    ...figure,
    note: `distinct texts that pass the gate; ${((100 * further) / texts.length).toFixed(1)} % go on`,
  }))
  return [made, scored]
}

/** Texts that the encoder is timed on: some seconds of work. */
const ENCODED = 1_000

/** The encoder on texts that the small model sends on; one thread. */
export async function measureEncoder({ posts }: Material): Promise<Figure> {
  const gate = createGate()
  const fast = createFastModel()
  const plain = createPlain()
  const candidates = posts
    .filter(({ text }) => gate(text).candidate)
    .map(({ text }) => plain(cleanText(text)))
  const texts = [...new Set(candidates)].filter((text) => goesOn(fast.judge(text))).slice(0, ENCODED)
  const encoder = await loadEncoder()
  return measure(
    'encoder',
    texts.length,
    async () => {
      for (const text of texts) await encoder.judge(text)
    },
    'distinct texts that go on, one at a time',
  )
}

/** Over the posts that the gate lets through: no others are asked for their language. */
export function measureLanguage({ posts }: Material): Promise<Figure> {
  const gate = createGate()
  const candidates = posts.filter(({ text }) => gate(text).candidate)
  let english = 0
  return measure('language', candidates.length, () => {
    english = 0
    for (const post of candidates) if (languageOf(post) === 'en') english++
  }).then((figure) => ({
    ...figure,
    note: `of those let through; ${((100 * english) / candidates.length).toFixed(1)} % are English`,
  }))
}

export async function measureClassifier({ posts }: Material): Promise<Figure> {
  const encoder = await loadEncoder()
  return measure(
    'classify',
    posts.length,
    async () => {
      const classifier = await createClassifier({ encoder })
      await classifier.classifyAll(posts.map(({ text }) => text))
    },
    'the whole cascade with places, cache empty at the start; one thread',
  )
}

/** What near copies are found by, over the posts that carry a narrative: all others have none. */
export async function measureClaims({ posts }: Material): Promise<Figure[]> {
  const classifier = await createClassifier()
  const verdicts = await classifier.classifyAll(posts.map(({ text }) => text))
  const carrying = posts.filter((_, i) => verdicts[i]!.narratives.length > 0)
  const wordings = new Map(
    carrying.map(({ text, createdAt }) => {
      const key = textKey(text)
      return [key, { key, sketch: sketchOf(text), denies: false, first: createdAt }]
    }),
  )
  const sketches = await measure(
    'claim sketch',
    carrying.length,
    () => {
      for (const { text } of carrying) sketchOf(text)
    },
    `the ${((100 * carrying.length) / posts.length).toFixed(1)} % that carry a narrative`,
  )
  let claims = 0
  const groups = await measure('claims', wordings.size, async () => {
    claims = new Set((await groupWordings([...wordings.values()])).values()).size
  })
  const note = `${wordings.size.toLocaleString('en-US')} texts into ${claims.toLocaleString('en-US')} claims, when read`
  return [sketches, { ...groups, note }]
}

export async function measureTopic({ posts }: Material): Promise<Figure> {
  const records = posts.map((post) => ({ key: post.id, value: { kind: 'post' as const, post } }))
  return measure(
    'topic',
    posts.length,
    async () => {
      const topic = await openQueueTopic<StreamRecord>({
        name: 'bench',
        partitions: 8,
        schema: streamRecordSchema,
        dir: null,
      })
      const consumption = await topic.consume(async () => {})
      const published = await topic.publish(records)
      await published.durable
      await consumption.stop()
      await topic.close()
    },
    'queue in the process, values validated',
  )
}

export async function measureStore({ posts }: Material, folder: string): Promise<Figure> {
  const judge = createJudge({
    textKey,
    sketchOf,
    resolveHint,
    stateOf: (place) => stateOf(place) ?? place,
  })
  const classifier = await createClassifier()
  const verdicts = await classifier.classifyAll(posts.map(({ text }) => text))
  const judged = posts.map((post, i) => judge(post, { verdict: verdicts[i]!, language: 'en' }))
  const store = await openChdbStore({ path: folder, database: 'bench' })
  try {
    return await timeOnce(
      'store',
      posts.length,
      async () => {
        for (let start = 0; start < judged.length; start += BATCH) {
          const batch = judged.slice(start, start + BATCH)
          await store.insert(
            'posts',
            POST_COLUMNS,
            batch.filter(({ verdict }) => verdict.narratives.length > 0).map(postRow),
          )
          await store.insert('seen', SEEN_COLUMNS, batch.map(seenRow))
        }
      },
      `batches of ${BATCH}, one at a time`,
    )
  } finally {
    await store.close()
  }
}
