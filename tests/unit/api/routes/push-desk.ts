/** A desk that takes pushes, on a port of its own, with a stream in the process that keeps what it is given. */
import { z } from 'zod'
import { createPushes } from '../../../../api/boot/pushes.ts'
import type { PushSender } from '../../../../ingest/sources/push/port.ts'
import { serve } from '../../../../api/boot/serve.ts'
import { problemSchema, pushAnswerSchema, type Problem, type PushAnswer } from '../../../../api/contract.ts'
import {
  deadLetterSchema,
  streamRecordSchema,
  type Change,
  type DeadLetter,
  type Post,
} from '../../../../ingest/contract.ts'
import { createNormalizer } from '../../../../ingest/normalize.ts'
import { openQueueTopic } from '../../../../ingest/topic/queue.ts'
import { openTestDesk, openTestStore, tempDir, testApp } from '../support.ts'

export const TOKEN = 'a token of this test'.replaceAll(' ', '-')
export const SENDER: PushSender = { name: 'tips', token: TOKEN, postsPerMinute: 100_000 }

export interface PushDesk {
  url: string
  /** Every post that came to the stream, as often as it came. */
  posts: Post[]
  /** What became of posts, as it came. */
  changes: Change[]
  deadLetters: DeadLetter[]
  /** While it is set nothing becomes durable. */
  hold(on: boolean): void
  update(senders: readonly PushSender[]): void
  push(body: RequestInit['body'], headers?: Record<string, string>, source?: string): Promise<Response>
  close(): Promise<void>
}

export async function openPushDesk(senders: readonly PushSender[] = [SENDER]): Promise<PushDesk> {
  const dir = await tempDir()
  const store = await openTestStore(dir.path)
  const desk = await openTestDesk(dir.path)
  const topics = {
    posts: await openQueueTopic({ name: 'posts', partitions: 2, schema: streamRecordSchema, dir: null }),
    deadLetters: await openQueueTopic({ name: 'dead', partitions: 1, schema: deadLetterSchema, dir: null }),
  }
  const posts: Post[] = []
  const changes: Change[] = []
  const deadLetters: DeadLetter[] = []
  let held = false
  await topics.posts.consume(async ({ records }) => {
    if (held) throw new Error('the store is away')
    for (const record of records) {
      if (record.kind === 'post') posts.push(record.post)
      if (record.kind === 'change') changes.push(record.change)
    }
  })
  await topics.deadLetters.consume(async ({ records }) => void deadLetters.push(...records))
  const normalize = createNormalizer({ authorKey: 'k'.repeat(32) })
  const pushing = createPushes({ topics, normalize, senders })
  const app = testApp({
    store,
    desk,
    pushes: pushing.pushes,
    auth: { password: 'correct horse battery' },
    now: Date.now,
  })
  const served = await serve(app, '127.0.0.1', 0)
  return {
    url: served.url,
    posts,
    changes,
    deadLetters,
    hold: (on) => (held = on),
    update: (next) => pushing.update(next),
    push: (body, headers = {}, source = 'tips') =>
      fetch(`${served.url}api/ingest/${source}`, {
        method: 'POST',
        body: body ?? null,
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson', ...headers },
        // Node's fetch asks for it where a body is streamed.
        duplex: 'half',
      } as RequestInit),
    async close() {
      await served.close()
      await Promise.all([topics.posts.close(), topics.deadLetters.close()])
      await desk.close()
      await store.close()
      await dir.remove()
    },
  }
}

export async function taken(response: Response): Promise<PushAnswer> {
  const body: unknown = await response.json()
  if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(body)}`)
  return pushAnswerSchema.parse(body)
}

export async function refused(response: Response): Promise<Problem> {
  if (response.headers.get('content-type') !== 'application/problem+json')
    throw new Error('no problem document')
  const problem = problemSchema.extend({ type: z.string().startsWith('urn:') }).parse(await response.json())
  if (problem.status !== response.status) throw new Error(`${problem.status} is not ${response.status}`)
  return problem
}
