/** The store of a run, opened for one piece of work. */
import { join } from 'node:path'
import { openStore } from '../../backends.ts'
import type { BackendsConfig } from '../../config.ts'

export async function withStore<T>(
  { backends }: { backends: BackendsConfig },
  namespace: string,
  folder: string,
  work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>,
): Promise<T> {
  const dataDir = join(folder, 'data')
  const store = await openStore({ backends: { ...backends, dataDir }, namespace, partitions: 1 })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
