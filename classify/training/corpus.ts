/**
 * The texts that the encoder is trained on, as it will read them: `npm run corpus -- DATA OUT` writes `labelled.jsonl`
 * (with the part of each post), `dev.jsonl` and `soft.jsonl` (texts alone, to be labelled by the teachers). `on`: whether
 * the gate and the fast model that lies here send the text on to the encoder.
 */
import { createWriteStream, mkdirSync, readdirSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { createGate } from '../gate.ts'
import { goesOn } from '../model/cascade.ts'
import { createFastModel } from '../model/fast.ts'
import { cleanText } from '../model/normalize.ts'
import { createPlain } from '../model/plain.ts'
import { type Labelled, narrativesOf, readJsonLines, readLabelled, unrelated } from './data.ts'
import { ownPosts } from './own.ts'
import { spanishPosts } from './spanish.ts'

/** Composed posts, of which a student reads some in each epoch. */
const SPANISH = 60_000

/** Unrelated posts among the labelled ones; the others of the file are left for measuring. */
const UNRELATED = 12_000

const OWN_FOLDER = fileURLToPath(new URL('./own/', import.meta.url))
const textSchema = z.object({ text: z.string() })
const plain = createPlain()
const read = (text: string): string => plain(cleanText(text))
const gate = createGate()
const fast = createFastModel()
const isOn = (text: string): boolean => gate(text).candidate && goesOn(fast.judge(text))

type Part = 'found' | 'own' | 'spanish' | 'unrelated'

function row(post: Labelled, part: Part): object {
  const text = read(post.text)
  return {
    text,
    on: isOn(text),
    narrative: post.narrative,
    holds: narrativesOf(post),
    stance: post.stance,
    flag: post.flag,
    sure: post.sure,
    part,
  }
}

/** Files of posts that were written for training. */
function ownFiles(): Labelled[] {
  return readdirSync(OWN_FOLDER)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readLabelled(join(OWN_FOLDER, name)))
}

function distinctTexts(posts: readonly Labelled[]): Labelled[] {
  return [...new Map(posts.map((post) => [read(post.text), post])).values()]
}

async function write(path: string, rows: Iterable<object>): Promise<number> {
  const file = createWriteStream(path)
  let count = 0
  for (const value of rows) {
    count++
    if (!file.write(`${JSON.stringify(value)}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
  return count
}

function* distinct(texts: Iterable<string>, without: Set<string>): Generator<{ text: string; on: boolean }> {
  for (const raw of texts) {
    const text = read(raw)
    if (text.length < 8 || without.has(text)) continue
    without.add(text)
    yield { text, on: isOn(text) }
  }
}

const [data, out] = process.argv.slice(2)
if (data === undefined || out === undefined) throw new Error('usage: npm run corpus -- DATA OUT')
mkdirSync(out, { recursive: true })

const texts = (name: string): string[] =>
  readJsonLines(join(data, name)).map((value) => textSchema.parse(value).text)
const background = texts('background.jsonl.gz')
const dev = readLabelled(join(data, 'labelled-dev.jsonl'))
const labelled = [
  ...readLabelled(join(data, 'labelled-train.jsonl')).map((post) => row(post, 'found')),
  ...[...readLabelled(join(data, 'written.jsonl')), ...ownPosts(), ...ownFiles()].map((post) =>
    row(post, 'own'),
  ),
  ...distinctTexts(spanishPosts(SPANISH, readLabelled(join(OWN_FOLDER, 'spanish.jsonl')))).map((post) =>
    row(post, 'spanish'),
  ),
  ...background.slice(0, UNRELATED).map((text) => row(unrelated(text), 'unrelated')),
]
const kept = new Set(dev.map((post) => read(post.text)))
const soft = [...texts('unlabelled.jsonl.gz'), ...texts('replay-2020-election-night.jsonl.gz')]
const counts = {
  labelled: await write(join(out, 'labelled.jsonl'), labelled),
  dev: await write(
    join(out, 'dev.jsonl'),
    dev.map((post) => row(post, 'found')),
  ),
  soft: await write(
    join(out, 'soft.jsonl'),
    distinct([...soft, ...background.slice(UNRELATED, 30_000)], kept),
  ),
}
process.stdout.write(`${JSON.stringify(counts)}\n`)
