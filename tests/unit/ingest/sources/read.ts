/** Helpers for the sources' tests: files made on the spot, and what a source gives, gathered. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Coverage, DeadLetter, Post } from '../../../../ingest/contract.ts'
import { createNormalizer } from '../../../../ingest/normalize.ts'
import type { Position, Source, SourceBatch } from '../../../../ingest/sources/source.ts'

export const normalize = createNormalizer({ authorKey: 'a key of this test' })

/** Writes a file that goes away with the test; gives its path. */
export async function makeFile(name: string, content: string | Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tallywatch-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

export function jsonLines(records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}

export interface Gathered {
  posts: Post[]
  deadLetters: DeadLetter[]
  coverage: Coverage[]
  received: number
  batches: SourceBatch[]
  position: Position
}

/** Reads the source to its end, or to `count` batches. */
export async function gather(source: Source, position: Position = null, count = Infinity): Promise<Gathered> {
  const all: Gathered = { posts: [], deadLetters: [], coverage: [], received: 0, batches: [], position }
  for await (const batch of source.read(position, new AbortController().signal)) {
    all.posts.push(...batch.posts)
    all.deadLetters.push(...batch.deadLetters)
    all.coverage.push(...batch.coverage)
    all.received += batch.received
    all.batches.push(batch)
    all.position = batch.position
    if (all.batches.length >= count) break
  }
  return all
}
