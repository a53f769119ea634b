/** The configuration file is changed while posts come: what is new is followed, and no post is lost. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCli } from '../services/cli.ts'

const TOKENS = { ONE: 'token-of-the-first', TWO: 'token-of-the-second' }
const TEST_MS = 90_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-reload-'))
  await mkdir(join(folder, 'a'))
  await mkdir(join(folder, 'b'))
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

const line = (id: string): string =>
  `${JSON.stringify({ id, text: 'the voting machines in Mesa are down', createdAt: new Date(Date.now() - 60_000).toISOString() })}\n`

test(
  'sources and senders are taken over, at a change of the file and at SIGHUP; a mistake changes nothing',
  async () => {
    const file = join(folder, 'tallywatch.config.yaml')
    const write = (sources: string[], push: string[]) =>
      writeFile(
        file,
        `sources: ${JSON.stringify(sources)}\npush:\n${push.map((name) => `  - {name: ${name}, tokenEnv: ${name.toUpperCase()}}\n`).join('')}`,
      )
    const drop = (name: string) => `folder:${join(folder, name)}`
    await write([drop('a')], ['one'])
    await writeFile(join(folder, 'a', '1.jsonl'), line('a1'))
    const env = { TALLYWATCH_CONFIG: file, ...TOKENS }
    const running = startCli(['start', '--port', '0', '--data', join(folder, 'data')], env)
    const url = (await running.until(/Tallywatch is at (\S+)/))[1]!
    const push = async (name: 'one' | 'two', id: string): Promise<number> => {
      const response = await fetch(`${url}api/ingest/${name}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${TOKENS[name === 'one' ? 'ONE' : 'TWO']}`,
          'content-type': 'application/x-ndjson',
        },
        body: line(id),
      })
      return response.status
    }
    const ids = async (): Promise<string[]> => {
      const text = await (await fetch(`${url}api/export?format=jsonl`)).text()
      return text
        .split('\n')
        .filter((row) => row !== '')
        .map((row) => (JSON.parse(row) as { id: string }).id)
        .toSorted()
    }
    const pushing = new AbortController()
    const sent: string[] = []
    const pusher = (async () => {
      for (let i = 0; !pushing.signal.aborted; i++) {
        expect(await push('one', `p${i}`)).toBe(200)
        sent.push(`push:one/p${i}`)
      }
    })()
    expect(await push('two', 'early')).toBe(401)

    await write([drop('a'), drop('b')], ['one', 'two'])
    await running.until(/read again: .* 2 senders/)
    expect(await push('two', 't1')).toBe(200)
    await writeFile(join(folder, 'b', '1.jsonl'), line('b1'))
    await writeFile(join(folder, 'a', '2.jsonl'), line('a2'))

    await writeFile(file, 'sources: [bluesky]\npush:\n  - {name: one, tokenEnv: NOT_THERE}\n')
    await running.until(/not taken.*[\s\S]*line 3: push.0.tokenEnv: .* no variable NOT_THERE/)
    expect(await push('two', 't2')).toBe(200)

    // Nobody writes to a file for some seconds before it is taken.
    const taken = ['folder:a/a1', 'folder:a/a2', 'folder:b/b1']
    await expect.poll(ids, { timeout: 30_000, interval: 500 }).toEqual(expect.arrayContaining(taken))
    await write([drop('b')], ['one'])
    running.child.kill('SIGHUP')
    await running.until(/read again: .* 1 senders/)
    await expect.poll(() => push('two', 'late')).toBe(401)

    pushing.abort()
    await pusher
    expect(sent.length).toBeGreaterThan(10)
    const stored = await ids()
    expect(new Set(stored).size).toBe(stored.length)
    expect(stored).toEqual(expect.arrayContaining([...taken, 'push:two/t1', 'push:two/t2']))
    expect(stored.filter((id) => id.startsWith('push:one/'))).toHaveLength(sent.length)
    running.child.kill('SIGTERM')
    expect(await running.done).toMatchObject({ code: 0 })
  },
  TEST_MS,
)
