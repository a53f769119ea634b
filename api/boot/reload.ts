/** The configuration read again while a process runs: at SIGHUP, and when its file has changed. */
import { unwatchFile, watchFile } from 'node:fs'
import type { Source } from '../../ingest/sources/source.ts'
import { readConfig, type Config, type Overrides } from './config.ts'
import type { Io } from './command.ts'
import { checkNames } from './sources.ts'

/** Polled, since editors and mounts replace files in ways that a watch misses. */
const LOOK_EVERY_MS = 1_000
/** Editors empty a file before they write it anew; what they have written by then is whole. */
const SETTLE_MS = 300

export interface ReloadOptions {
  config: Config
  io: Pick<Io, 'env' | 'stderr'>
  overrides: Overrides
  /** Takes the new sources and senders; what else changed needs a start. */
  apply: (next: Config) => Promise<void>
}

/** What a running process takes over; and the file's name, which is no setting. */
const TAKEN_OVER = new Set<keyof Config>(['sources', 'push', 'file'])

/** A configuration with a mistake is told and not taken: what runs goes on. Gives what ends the watch. */
export function watchConfig({ config, io, overrides, apply }: ReloadOptions): () => Promise<void> {
  const say = (text: string) => io.stderr.write(`configuration: ${text}\n`)
  let current = config
  let working: Promise<void> = Promise.resolve()
  // By its name: that the file is gone, maybe for as long as it takes to replace it, is no word of what holds.
  const env = config.file === null ? io.env : { ...io.env, TALLYWATCH_CONFIG: config.file }

  async function reload(): Promise<void> {
    try {
      const next = readConfig(env, overrides)
      await apply(next)
      const others = (Object.keys(next) as (keyof Config)[]).filter(
        (key) => !TAKEN_OVER.has(key) && JSON.stringify(next[key]) !== JSON.stringify(current[key]),
      )
      const later = others.length > 0 ? `; ${others.join(', ')} will be taken at the next start` : ''
      // What was not taken over stays what it is, and is named again the next time.
      current = { ...current, sources: next.sources, push: next.push }
      say(`read again: sources ${next.sources.join(' ')}, ${next.push.length} senders${later}`)
    } catch (error) {
      say(`not taken, all goes on as before: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const ask = () => {
    working = working.then(reload)
  }
  process.on('SIGHUP', ask)
  const { file } = config
  let settling: NodeJS.Timeout | undefined
  const settle = () => {
    clearTimeout(settling)
    settling = setTimeout(ask, SETTLE_MS).unref()
  }
  if (file !== null) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, settle)
  return async () => {
    process.off('SIGHUP', ask)
    clearTimeout(settling)
    if (file !== null) unwatchFile(file, settle)
    await working
  }
}

/** Keeps a source for each spec: the same spec is the same source, so that what has not changed goes on untouched. Throws as {@link checkNames}. */
export function createSourceSet(make: (spec: string) => Source): (specs: readonly string[]) => Source[] {
  let known = new Map<string, Source>()
  return function sourcesOf(specs) {
    // All are made before any is taken: one that is wrong changes nothing.
    const next = new Map(specs.map((spec) => [spec, known.get(spec) ?? make(spec)]))
    checkNames(next)
    known = next
    return [...known.values()]
  }
}
