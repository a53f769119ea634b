/** Which of a data folder's nights is meant where nobody says it. */
import { param, sql } from '../../classify/store/sql.ts'
import { openStore, type BackendsOptions } from './backends.ts'
import { UsageError } from './command.ts'

/** The night that `start` and the roles work on. */
export const DEFAULT_NAMESPACE = 'tallywatch'
/** What the namespaces of replays begin with. */
export const REPLAY_PREFIX = 'replay_'

/** The default one; where it holds no post and the folder holds a single replay, that. Throws UsageError where it holds several. */
export async function findNamespace(options: Omit<BackendsOptions, 'namespace'>): Promise<string> {
  const store = await openStore({ ...options, namespace: DEFAULT_NAMESPACE })
  try {
    const [own] = await store.query<{ seen: number }>(sql`SELECT toFloat64(count()) AS seen FROM seen`)
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
