/** The installation's key, under which authors are hashed. It is made once and never leaves the data folder. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FailedError } from './command.ts'

const FILE = 'author.key'

/** The key given, or the one in the data folder, which is made at the first start. */
export async function authorKey(dataDir: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return given
  await mkdir(dataDir, { recursive: true })
  const path = join(dataDir, FILE)
  if (!existsSync(path)) await makeKey(path)
  const key = (await readFile(path, 'utf8')).trim()
  if (key.length < 32) {
    throw new FailedError(
      `${path} holds no key of 32 characters or more; restore it from a copy, or remove it to make a new one`,
    )
  }
  return key
}

/** Wholly or not at all, and on the disk before anything is hashed under it. Where several make one, the first holds. */
async function makeKey(path: string): Promise<void> {
  const partial = `${path}.${randomBytes(8).toString('hex')}`
  try {
    await writeFile(partial, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600, flush: true })
    await link(partial, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(partial, { force: true })
  }
}
