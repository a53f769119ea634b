/** Folders for runs that keep nothing. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tallywatch-'))
}

/** Removes a folder made for one run. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 })
}
