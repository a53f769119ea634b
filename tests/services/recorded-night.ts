/** A recorded night for the tests: the drill's own sentences, as a file that somebody might have kept. */
import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { createNormalizer } from '../../ingest/normalize.ts'
import { createDrillSource } from '../../ingest/sources/drill/source.ts'

const START = Date.UTC(2026, 10, 3, 22)

/** Lines `{id,date,state,author,text}`; reposts are left out, since this form cannot name them. */
export async function recordedLines(seed: number): Promise<string[]> {
  const normalize = createNormalizer({ authorKey: 'k'.repeat(32) })
  const source = createDrillSource({ scenario: 'night', seed, speed: 'max', startAt: START, normalize })
  const lines: string[] = []
  for await (const batch of source.read(null, new AbortController().signal)) {
    for (const post of batch.posts) {
      if (post.text === '') continue
      const date = new Date(post.createdAt).toISOString()
      lines.push(
        JSON.stringify({
          id: post.id,
          date,
          state: post.placeHint,
          city: null,
          author: post.author,
          text: post.text,
        }),
      )
    }
  }
  return lines
}

export async function writeNight(path: string, lines: readonly string[]): Promise<void> {
  const text = `${lines.join('\n')}\n`
  await writeFile(path, path.endsWith('.gz') ? gzipSync(text) : text)
}
