/** Which of a data folder's nights is meant where nobody says it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../../../api/boot/backends.ts'
import { DEFAULT_NAMESPACE, findNamespace, REPLAY_PREFIX } from '../../../api/boot/namespace.ts'
import { EXPOSURE_COLUMNS } from '../../../api/spikes/minutes.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-namespace-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('that of the installation, also when what it saw has expired; a replay beside it where it saw nothing', async () => {
  const options = { backends: { kind: 'embedded', dataDir: folder }, partitions: 1 } as const
  const replay = `${REPLAY_PREFIX}night`
  await (await openStore({ ...options, namespace: replay })).close()
  expect(await findNamespace(options)).toBe(replay)
  const own = await openStore({ ...options, namespace: DEFAULT_NAMESPACE })
  await own.insert('exposure_minutes', EXPOSURE_COLUMNS, [[1, 'US', 3, 1, 1]])
  await own.close()
  expect(await findNamespace(options)).toBe(DEFAULT_NAMESPACE)
})
