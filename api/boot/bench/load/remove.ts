/** Removes what a run made on the servers. */
import type { BackendsConfig } from '../../config.ts'
import { dropNamespace } from '../../namespace.ts'
import { removeTopics } from './ceilings.ts'
import { withStore } from './with-store.ts'

export interface Made {
  backends: BackendsConfig
  namespace: string
  /** Where it lies embedded: that goes with the folder. */
  folder: string
  tell: (text: string) => void
}

/** Each part, whatever became of the others; what may have stayed is told, since what was measured holds all the same. */
export async function removeMade({ backends, namespace, folder, tell }: Made): Promise<void> {
  if (backends.kind === 'embedded') return
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      tell(`${what} may be there still, remove it by hand: ${why}`)
    }
  }
  await attempt(`the topics ${namespace}.*`, () => removeTopics(backends, `${namespace}.`))
  await attempt(`the database ${namespace}`, () =>
    withStore({ backends }, namespace, folder, (store) => dropNamespace(store, namespace)),
  )
}
