/** What was set aside can be looked at, and read again by another map. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli, type Ran } from '../../services/cli.ts'

let folder: string
let data: string
const TEST_MS = 90_000

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-dead-'))
  data = join(folder, 'data')
  const line = (fields: object): string => JSON.stringify({ when: '2026-11-04T01:00:00Z', ...fields })
  const lines = [
    line({ id: 'a', text: 'the machines in Mesa are down', date: '2026-11-04T01:00:00Z', user: 'somebody' }),
    line({ id: 'b', words: 'every scanner in Mesa is down', user: 'somebody' }),
    line({ words: 'the scanner here eats ballots, they will not count', user: 'another' }),
    '{"id":"broken", "user": "somebody"',
  ]
  await writeFile(join(folder, 'night.jsonl'), `${lines.join('\n')}\n`)
  const ran = await runCli(['replay', join(folder, 'night.jsonl'), '--json', '--data', data])
  expect(JSON.parse(ran.stdout)).toMatchObject({ posts: 1, deadLettered: 3 })
}, TEST_MS)
afterAll(async () => rm(folder, { recursive: true, force: true }))

async function run(...args: string[]): Promise<Ran> {
  const ran = await runCli(['dead-letters', ...args, '--data', data])
  expect(ran.code, ran.stderr).toBe(0)
  return ran
}
const rows = (text: string): Record<string, string>[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, string>)

test(
  'shown by reason, without a name, and read again once',
  async () => {
    const shown = await run()
    expect(shown.stdout).toMatch(/^2\tunknown_shape\tfile:night$/m)
    expect(shown.stdout).toMatch(/^1\tnot_json\tfile:night$/m)
    expect(shown.stdout).toContain('every scanner in Mesa is down')
    expect(shown.stdout).not.toMatch(/somebody|another/)
    expect(rows((await run('--reason', 'not_json', '--json')).stdout)).toMatchObject([
      { id: 'file:night#L4' },
    ])

    const redriven = await run('--reason', 'unknown_shape', '--redrive', '--map', 'text=words,createdAt=when')
    expect(redriven.stdout).toContain('2 posts were read again and stored; 0 stay set aside.')
    const left = await run('--redrive')
    expect(left.stdout).toMatch(/0 posts .* 1 stay set aside\.\n {2}1\twhat is kept of it is no JSON/)

    const exported = await runCli(['export', '--format', 'jsonl', '--data', data])
    const posts = rows(exported.stdout)
    const ids = ['file:night/a', 'file:night/b', 'file:night/L3']
    expect(new Set(posts.map(({ id }) => id))).toEqual(new Set(ids))
    expect(posts).toHaveLength(ids.length)
    // The same account is the same author, though only its hash was kept.
    const authorOf = (id: string) => posts.find((post) => post['id'] === id)!['author']
    expect(authorOf('file:night/b')).toBe(authorOf('file:night/a'))
  },
  TEST_MS,
)
