/** Files that the engine reads for us: Parquet, and what is packed with zstd. */
import { execFile } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Unpacked } from '../../ingest/sources/file.ts'
import { SourceError } from '../../ingest/sources/source.ts'
import { removeFolder, temporaryFolder } from './folder.ts'

const CHILD = fileURLToPath(new URL('unpack-child.mjs', import.meta.url))
/** A file of some gigabytes; a reader that hangs is ended. */
const PATIENCE_MS = 600_000

const run = promisify(execFile)

/** Unpacks into the system's temporary folder. Throws SourceError `unreadable` for a file that is not what its name says. */
export async function unpack(path: string, signal: AbortSignal): Promise<Unpacked> {
  const kind = /\.parquet$/i.test(path) ? 'parquet' : 'zst'
  const folder = await temporaryFolder()
  const close = () => removeFolder(folder)
  try {
    // A name with a brace or a star would be a pattern to the engine.
    const input = join(folder, `input.${kind}`)
    await symlink(resolve(path), input)
    const plain = kind === 'parquet' ? 'rows.jsonl' : `lines${endingOf(path)}`
    const output = join(folder, plain)
    await run(process.execPath, [CHILD, kind, input, output], { signal, timeout: PATIENCE_MS })
    return { path: output, close }
  } catch (cause) {
    await close()
    const what = kind === 'parquet' ? 'is no Parquet file that can be read' : 'is not packed with zstd'
    throw new SourceError('unreadable', `${path} ${what}, or is cut off.`, { cause })
  }
}

/** `.csv` of `a.csv.zst`: it tells the format of what is inside. */
function endingOf(path: string): string {
  return /\.(csv|tsv|jsonl|ndjson|json)(?=\.zstd?$)/i.exec(basename(path))?.[0].toLowerCase() ?? ''
}
