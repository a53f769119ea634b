import { hash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { modelName } from '../../../classify/model/classifier.ts'
import { SourceError } from '../../../ingest/sources/source.ts'
import { authorKey } from '../author-key.ts'
import { UsageError, type Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { removeFolder, temporaryFolder } from '../folder.ts'
import { REPLAY_PREFIX } from '../namespace.ts'
import { play } from '../play.ts'
import { createSources, type Speed } from '../sources.ts'

/** A night in two and a half minutes a day: slow enough to watch it grow. */
const DEFAULT_SPEED = 600
/** What of a file tells it from another of the same name. */
const FINGERPRINT_BYTES = 65_536

export const replayCommand: Command = {
  name: 'replay',
  summary: 'plays a recorded night through the whole pipeline, on its own clock',
  usage: 'FILE… [--speed N|max] [--map field=column,…] [--data DIR] [--workers N] [--port N] [--json]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        speed: { type: 'string' },
        map: { type: 'string' },
        data: { type: 'string' },
        workers: { type: 'string' },
        port: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    if (positionals.length === 0) throw new UsageError('name at least one file')
    const workers = parseWorkers(values.workers ?? '1')
    const speed = parseSpeed(values.speed ?? (values.json ? 'max' : String(DEFAULT_SPEED)))
    const temporary = values.data === undefined ? await temporaryFolder() : null
    try {
      const given = readConfig(io.env, { data: values.data ?? temporary!, port: values.port })
      // A night of its own has a desk of its own: what the installation's told of spikes is not written over.
      const config = given.namespace === undefined ? { ...given, deskUrl: undefined } : given
      if (workers === 0 && config.backends.kind === 'embedded') {
        throw new UsageError('--workers 0 leaves the judging to other processes, which only server mode has')
      }
      const key = await authorKey(config.backends.dataDir, config.authorKey)
      const namespace = config.namespace ?? (await replayNamespace(positionals, values.map))
      const sources = createSources(
        positionals.map((path) => `file:${path}`),
        { authorKey: key, speed, map: values.map },
      )
      const page = !values.json || values.port !== undefined
      return await play(
        { config, mode: 'replay', namespace, sources, authorKey: key, workers, json: values.json, page },
        io,
      )
    } finally {
      if (temporary !== null) await removeFolder(temporary)
    }
  },
}

/** Exported for the other commands that pace a night. Throws UsageError. */
export function parseSpeed(text: string): Speed {
  if (text === 'max') return 'max'
  const speed = Number(text)
  if (!(speed > 0 && Number.isFinite(speed)))
    throw new UsageError(`--speed must be a number above 0 or \`max\`, not \`${text}\``)
  return speed
}

function parseWorkers(text: string): number {
  const workers = Number(text)
  if (!Number.isInteger(workers) || workers < 0 || workers > 64) {
    throw new UsageError(`--workers must be a whole number from 0 (others run them) to 64, not \`${text}\``)
  }
  return workers
}

/**
 * Each recorded night has its own database and topics, told by its files, their map and the model: the same replay run
 * again goes on where it stood, another one never mixes with it.
 */
async function replayNamespace(paths: readonly string[], map: string | undefined): Promise<string> {
  const parts = [modelName(), map ?? '']
  for (const path of paths) parts.push(basename(path), await fingerprint(path))
  return `${REPLAY_PREFIX}${hash('sha256', parts.join('\n'), 'hex').slice(0, 16)}`
}

async function fingerprint(path: string): Promise<string> {
  let file
  try {
    file = await open(path)
  } catch (cause) {
    throw new SourceError('not_found', `cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FINGERPRINT_BYTES), 0, FINGERPRINT_BYTES, 0)
    return hash('sha256', buffer.subarray(0, bytesRead), 'hex')
  } catch (cause) {
    throw new SourceError('unreadable', `cannot read ${path}: ${(cause as Error).message}`, { cause })
  } finally {
    await file.close()
  }
}
