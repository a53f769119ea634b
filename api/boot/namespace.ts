/** Which of a data folder's nights is meant where nobody says it. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ident, param, sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import { openStore, type BackendsOptions } from './backends.ts'
import { FailedError, UsageError } from './command.ts'
import type { Config } from './config.ts'

/** The night that `start` and the roles work on. */
export const DEFAULT_NAMESPACE = 'tallywatch'
/** What the namespaces of replays begin with. */
export const REPLAY_PREFIX = 'replay_'

const DESK_FILE = '.desk.db'

/**
 * Addresses of the configured desk, or of every desk of the data folder: a replay has one of its own. Makes nothing.
 * Throws FailedError where there is none.
 */
export async function findDesks({
  deskUrl,
  namespace,
  backends: { dataDir },
}: Pick<Config, 'deskUrl' | 'namespace' | 'backends'>): Promise<string[]> {
  if (deskUrl !== undefined) return [deskUrl]
  const names = await readdir(dataDir).catch((cause: unknown) => {
    throw new FailedError(`there is no data folder at ${dataDir}; name it with --data`, { cause })
  })
  const wanted = names.filter((name) =>
    namespace === undefined ? name.endsWith(DESK_FILE) : name === `${namespace}${DESK_FILE}`,
  )
  if (wanted.length === 0) {
    const whose = namespace === undefined ? 'Tallywatch' : `the night \`${namespace}\``
    throw new FailedError(`there is no data of ${whose} in ${dataDir}; name the data folder with --data`)
  }
  return wanted.sort().map((name) => `file:${join(dataDir, name)}`)
}

/** The default one; where it holds no post and the folder holds a single replay, that. Throws UsageError where it holds several. */
export async function findNamespace(options: Omit<BackendsOptions, 'namespace'>): Promise<string> {
  const store = await openStore({ ...options, namespace: DEFAULT_NAMESPACE })
  try {
    // Of what was seen more than a week ago only the sealed minutes are left.
    const [own] = await store.query<{ seen: number }>(sql`
      SELECT toFloat64((SELECT count() FROM seen) + (SELECT count() FROM exposure_minutes)) AS seen`)
    if (own!.seen > 0) return DEFAULT_NAMESPACE
    const replays = await store.query<{ name: string }>(sql`
      SELECT name FROM system.databases WHERE startsWith(name, ${param.string(REPLAY_PREFIX)}) ORDER BY name`)
    if (replays.length > 1) {
      const names = replays.map(({ name }) => name).join(', ')
      throw new UsageError(
        `there are several replays here (${names}): set TALLYWATCH_NAMESPACE to one of them`,
      )
    }
    return replays[0]?.name ?? DEFAULT_NAMESPACE
  } finally {
    await store.close()
  }
}

export async function dropNamespace(store: Store, namespace: string): Promise<void> {
  await store.command(sql`DROP DATABASE IF EXISTS ${ident(namespace)} SYNC`)
}
