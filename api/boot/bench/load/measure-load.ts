/** `bench load` and `bench burst`: a run, what it left in the store, its ceilings; then all of it is removed. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackendsConfig } from '../../config.ts'
import type { Figure } from '../measure.ts'
import { measureConsumer, measureLines } from './ceilings.ts'
import { figuresOf, rowsOf, type LoadFigures } from './figures.ts'
import type { LoadKind } from './load.ts'
import { removeMade } from './remove.ts'
import { runLoad, type Ran } from './run.ts'
import { readStored, type Stored } from './stored.ts'
import { withStore } from './with-store.ts'

/** The record of a network, in one second: 143,199 posts, in August 2013. */
export const BURST = 143_199
/** Given up after this; 15 s is the goal. */
export const BURST_MAX_S = 180

export interface LoadRunOptions {
  kind: LoadKind
  rate: number
  seconds: number
  workers: number
  backends: BackendsConfig
  folder: string
  nodeOptions: readonly string[]
  tell: (text: string) => void
}

export interface Measured {
  figures: LoadFigures
  rows: Figure[]
  /** Of a burst: from its first post sent until the last is stored, s. */
  burstSeconds: number | null
}

export async function measureLoad(options: LoadRunOptions, signal: AbortSignal): Promise<Measured> {
  const { kind, rate, backends, tell } = options
  const name = `${rate === 0 ? 'burst' : 'load'} ${kind} ${backends.kind}`
  const namespace = `bench_${process.pid}`
  const folder = join(options.folder, 'load')
  await mkdir(folder, { recursive: true })
  const rows = [await measureLines(kind, SEED)]
  let ran: Ran
  let stored: Stored
  try {
    ran = await runLoad({ ...options, seed: SEED, count: BURST, namespace, folder }, signal)
    if (backends.kind === 'server') {
      tell('reading the topic again, doing nothing')
      rows.push(await measureConsumer(backends, `${namespace}.posts`, ran.sent.posts))
    }
    stored = await withStore(options, namespace, folder, readStored)
  } finally {
    await removeMade({ ...options, namespace, folder })
  }
  const figures = figuresOf(ran, stored, rate)
  return {
    figures,
    rows: [...rows, ...rowsOf(figures, name)],
    burstSeconds: rate === 0 ? (stored.lastAt - ran.startedAt) / 1_000 : null,
  }
}

/** The same posts in every run, so that runs can be compared. */
export const SEED = '2012'
