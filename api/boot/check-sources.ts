/** What each source lacks, in plain words: a folder that is not there, a sender that cannot reach the desk, past gaps. */
import { access, constants, readdir, stat } from 'node:fs/promises'
import { sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import { parseSourceSpec } from '../../ingest/sources/spec.ts'
import type { Config } from './config.ts'
import { checkReach } from './reach-sources.ts'
import { doubtful, fine, wrong, type Finding } from './finding.ts'

/** What one source needs: its files, or its servers. Throws SourceError `bad_spec`. */
export async function checkSource(
  spec: string,
  config: Pick<Config, 'mastodonTokens' | 'backends' | 'kafkaSource'>,
): Promise<Finding> {
  const parsed = parseSourceSpec(spec)
  if (parsed.kind === 'drill') return fine(`source ${spec}`)
  return parsed.kind === 'file' || parsed.kind === 'folder'
    ? await checkPath(spec, parsed)
    : await checkReach(spec, parsed, config)
}

async function checkPath(
  spec: string,
  { kind, path }: { kind: 'file' | 'folder'; path: string },
): Promise<Finding> {
  try {
    const found = await stat(path)
    if (kind === 'folder' && !found.isDirectory())
      return wrong(`source ${spec}: it is a file; write file:${path}`)
    if (kind === 'file' && found.isDirectory())
      return wrong(`source ${spec}: it is a folder; write folder:${path}`)
    await access(path, kind === 'folder' ? constants.R_OK | constants.X_OK : constants.R_OK)
    if (kind === 'file') return fine(`source ${spec}: can be read`)
    const names = await readdir(path)
    return fine(`source ${spec}: can be read, ${names.length} files in it`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT' && kind === 'folder')
      return doubtful(`source ${spec}: is not there yet; make it, and it is watched`)
    if (code === 'ENOENT') return wrong(`source ${spec}: there is no such file`)
    return wrong(`source ${spec}: this user may not read it`)
  }
}

export function checkSenders({ push, host, publicUrl }: Config): Finding[] {
  const local = ['127.0.0.1', '::1', 'localhost'].includes(host) && publicUrl === undefined
  return push.map(({ name, postsPerMinute }) => {
    const what = `source push:${name}: /api/ingest/${name} takes ${postsPerMinute.toLocaleString('en-US')} posts a minute`
    if (!local) return fine(what)
    return doubtful(
      `${what}, from this machine only: put a proxy with TLS before it and set TALLYWATCH_PUBLIC_URL, if the sender is elsewhere`,
    )
  })
}

/** What sources told of themselves when they ran: where they stood, what they missed, what was set aside. */
export async function checkPast(store: Store): Promise<Finding[]> {
  const [states, gaps, dead] = await Promise.all([
    store.query<{ source: string; state: string; detail: string }>(sql`
      SELECT source, state, detail FROM source_status FINAL ORDER BY source`),
    store.query<{ source: string; stretches: number; minutes: number }>(sql`
      SELECT source, toFloat64(count()) AS stretches,
        sum((toUnixTimestamp64Milli(to_at) - toUnixTimestamp64Milli(from_at)) * (1 - share)) / 60000 AS minutes
      FROM coverage FINAL WHERE kind != 'complete' GROUP BY source ORDER BY source`),
    store.query<{ source: string; reason: string; total: number }>(sql`
      SELECT source, reason, toFloat64(uniqExact(id)) AS total FROM dead_letters
      GROUP BY source, reason ORDER BY total DESC, source, reason LIMIT 20`),
  ])
  return [
    ...states
      .filter(({ state }) => ['unreachable', 'failed', 'waiting'].includes(state))
      .map(({ source, state, detail }) => doubtful(`source ${source} was last ${state}: ${detail}`)),
    ...gaps.map(({ source, stretches, minutes }) =>
      doubtful(
        `source ${source} did not see ${minutes.toFixed(1)} minutes, in ${stretches} stretches; the page shows when`,
      ),
    ),
    ...dead.map(({ source, reason, total }) =>
      doubtful(
        `source ${source}: ${total} set aside as ${reason}; \`tallywatch dead-letters --reason ${reason}\` shows them`,
      ),
    ),
  ]
}
