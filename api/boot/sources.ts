/** From the specs of the command line and the environment to sources. */
import { createNormalizer } from '../../ingest/normalize.ts'
import { createDrillSource } from '../../ingest/sources/drill/source.ts'
import { createFileSource } from '../../ingest/sources/file.ts'
import { createFolderSource } from '../../ingest/sources/folder.ts'
import { createJetstreamSource } from '../../ingest/sources/jetstream.ts'
import type { Source } from '../../ingest/sources/source.ts'
import { parseSourceSpec } from '../../ingest/sources/spec.ts'
import { unpack } from './unpack.ts'

export type Speed = number | 'max'

interface SourceOptions {
  authorKey: string
  speed: Speed
  /** `field=column,…` for files whose shape is not recognised. */
  map?: string | undefined
}

/** Throws SourceError `bad_spec` for a spec that names no source. */
export function createSources(specs: readonly string[], options: SourceOptions): Source[] {
  return specs.map((spec) => createSource(spec, options))
}

/** Throws SourceError `bad_spec`. */
export function createSource(spec: string, { authorKey, speed, map }: SourceOptions): Source {
  const normalize = createNormalizer({ authorKey })
  const parsed = parseSourceSpec(spec)
  if (parsed.kind === 'file') {
    return createFileSource({ path: parsed.path, normalize, speed, ...(map === undefined ? {} : { map }) })
  }
  if (parsed.kind === 'folder') {
    return createFolderSource({ path: parsed.path, normalize, unpack, ...(map === undefined ? {} : { map }) })
  }
  if (parsed.kind === 'bluesky') {
    return createJetstreamSource({ normalize, ...(parsed.urls === null ? {} : { urls: parsed.urls }) })
  }
  return createDrillSource({ ...parsed, seed: 1, speed, startAt: drillStart(Date.now()), normalize })
}

/** A drill begins at the last full hour, so that its clock looks like tonight's. */
export function drillStart(now: number): number {
  return Math.floor(now / 3_600_000) * 3_600_000
}
