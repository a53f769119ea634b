/** Bad input, bad settings, bad luck: each gets a clear line and an exit code, and nothing accepted is lost. */
import { execFile } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NightSummary } from '../../api/boot/summary.ts'
import { openDesk } from '../../api/desk/desk.ts'
import { runCli, startCli, type Ran } from '../services/cli.ts'
import { recordedLines, writeNight } from '../services/recorded-night.ts'

const RUN_MS = 90_000

let folder: string
let lines: string[]
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-bad-'))
  lines = (await recordedLines(3)).slice(0, 600)
  await writeNight(at('good.jsonl'), lines)
}, RUN_MS)
afterAll(() => rm(folder, { recursive: true, force: true }))

function summaryOf(ran: Ran): NightSummary {
  expect(ran.code, ran.stderr).toBe(0)
  return JSON.parse(ran.stdout) as NightSummary
}

/** One line for a person: which command, what, and what to do; no stack. */
function expectOneLine(ran: Ran, code: number, ...words: (string | RegExp)[]): void {
  expect(ran.code, ran.stderr).toBe(code)
  expect(ran.stderr).not.toMatch(/^\s+at /m)
  for (const word of words) expect(ran.stderr).toMatch(word)
}

describe('a file', () => {
  test(
    'whose lines are broken in every way is read to its end',
    async () => {
      const post = JSON.parse(lines[300]!) as Record<string, unknown>
      const bad = [
        '{"id": "cut off',
        JSON.stringify({ ...post, id: 'no-text', text: '' }),
        JSON.stringify({ ...post, id: 'past', date: '1970-01-01T00:00:00Z' }),
        JSON.stringify({ ...post, id: 'future', date: '2099-01-01T00:00:00Z' }),
        JSON.stringify({ ...post, id: 'no-date', date: 'yesterday evening' }),
        lines[299]!,
        'null',
        '"only words"',
        // What is said of these quotes them, up to the middle of a character.
        JSON.stringify({ ...post, id: 'odd', date: `x${'🗳'.repeat(60)}` }),
        JSON.stringify({ ...post, id: 'even', date: '🗳'.repeat(60) }),
        JSON.stringify({ [`x${'🗳'.repeat(300)}`]: 1, ['🗳'.repeat(300)]: 1 }),
        `{"text": x${'🗳'.repeat(300)}`,
        `{"text": ${'🗳'.repeat(300)}`,
      ]
      await writeNight(at('bad.jsonl'), [...lines.slice(0, 301), ...bad, ...lines.slice(301)])
      await appendFile(
        at('bad.jsonl'),
        Buffer.concat([
          Buffer.from(
            JSON.stringify({ ...post, id: 'bytes', text: 'The scanner here is broken X again' }).replace(
              'X',
              '',
            ),
          ),
          Buffer.from('\n'),
        ]),
      )
      const ran = await runCli(['replay', at('bad.jsonl'), '--json'])
      const summary = summaryOf(ran)
      // The two with impossible dates take the night's own clock; the one without a date, text or shape are set aside.
      expect(summary.posts).toBe(lines.length + 3)
      expect(summary.deadLettered).toBe(10)
      expect(ran.stderr).toMatch(/no_text: 1, as Line \d+/)
      const from = Date.parse((JSON.parse(lines[0]!) as { date: string }).date)
      for (const { onset } of summary.spikes) expect(onset).toBeGreaterThanOrEqual(from - 60_000)
    },
    RUN_MS,
  )

  test(
    'that holds bytes which are no UTF-8 keeps its posts',
    async () => {
      const line = Buffer.from(
        JSON.stringify({ id: 'bytes', date: '2026-11-03T22:10:00Z', text: 'The scanner is broken ~~' }),
      )
      line[line.indexOf('~')] = 0xff
      await writeFile(
        at('bytes.jsonl'),
        Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), line, Buffer.from('\n')]),
      )
      const summary = summaryOf(await runCli(['replay', at('bytes.jsonl'), '--json']))
      expect(summary.posts).toBe(lines.length + 1)
      expect(summary.deadLettered).toBe(0)
    },
    RUN_MS,
  )

  test(
    'that ends in the middle of gzip gives what it holds, and says so',
    async () => {
      const whole = gzipSync(`${lines.join('\n')}\n`)
      await writeFile(at('cut.jsonl.gz'), whole.subarray(0, Math.floor(whole.length * 0.7)))
      const ran = await runCli(['replay', at('cut.jsonl.gz'), '--json'])
      const summary = summaryOf(ran)
      expect(summary.posts).toBeGreaterThan(100)
      expect(summary.posts).toBeLessThan(lines.length)
      expect(summary.deadLettered).toBeGreaterThanOrEqual(1)
      expect(ran.stderr).toMatch(/cut|middle|incomplete|truncated/i)
    },
    RUN_MS,
  )

  test(
    'of which nothing can be read is a failure, with its reasons',
    async () => {
      await writeFile(at('odd.jsonl'), '{"a":1}\n{"a":2}\n')
      expectOneLine(await runCli(['replay', at('odd.jsonl'), '--json']), 1, 'unknown_shape: 2', '--map')
    },
    RUN_MS,
  )

  test(
    'that is not there, or is a folder, stops with one line',
    async () => {
      expectOneLine(await runCli(['replay', at('nowhere.jsonl'), '--json']), 1, 'nowhere.jsonl')
      expectOneLine(await runCli(['replay', folder, '--json']), 1, folder)
    },
    RUN_MS,
  )

  test(
    'whose --map names a column that it lacks stops, and says which columns there are',
    async () => {
      const ran = await runCli(['replay', at('good.jsonl'), '--map', 'text=body,id=id', '--json'])
      expectOneLine(ran, 2, 'body', 'text', 'author')
      expectOneLine(await runCli(['replay', at('good.jsonl'), '--map', 'words=text', '--json']), 2, 'words')
    },
    RUN_MS,
  )
})

describe('the command line', () => {
  test(
    'wrong use exits with 2 and the usage',
    async () => {
      expectOneLine(await runCli(['replay']), 2, 'usage: tallywatch replay')
      expectOneLine(await runCli(['replay', at('good.jsonl'), '--speed', 'fast']), 2, '--speed')
      expectOneLine(await runCli(['replay', at('good.jsonl'), '--sped', '1']), 2, '--sped')
      expectOneLine(await runCli(['replay', at('good.jsonl'), '--workers', '0']), 2, '--workers')
      expectOneLine(await runCli(['nonsense']), 2, 'nonsense', 'replay')
      expectOneLine(
        await runCli(['start'], { TALLYWATCH_PORT: 'abc', KAFKA_BROKERS: 'x' }),
        2,
        'TALLYWATCH_PORT',
        'CLICKHOUSE_URL',
      )
      expectOneLine(await runCli(['classify']), 2, 'KAFKA_BROKERS')
    },
    RUN_MS,
  )
})

describe('the machine', () => {
  test(
    'a port in use',
    async () => {
      const taken = createServer()
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
      const { port } = taken.address() as AddressInfo
      const ran = await runCli(['replay', at('good.jsonl'), '--port', String(port)])
      taken.close()
      expectOneLine(ran, 1, String(port), '--port')
    },
    RUN_MS,
  )

  test(
    'a data folder in use by another process',
    async () => {
      const data = at('shared-data')
      const first = startCli(['replay', at('good.jsonl'), '--speed', '600', '--data', data, '--port', '0'])
      await first.until(/Tallywatch is at/)
      const second = await runCli(['replay', at('good.jsonl'), '--json', '--data', data])
      expectOneLine(second, 1, /in use/, data)
      first.child.kill('SIGTERM')
      expect((await first.done).code).not.toBeNull()
      // The one that was there first lost nothing.
      expect(summaryOf(await runCli(['replay', at('good.jsonl'), '--json', '--data', data])).posts).toBe(
        lines.length,
      )
    },
    RUN_MS,
  )

  test(
    'a classifier whose thread is lost: ends with one line, and goes on from there at the next start',
    async () => {
      const data = at('thread-data')
      const args = ['replay', at('good.jsonl'), '--data', data, '--json']
      // Ends, once told to, every thread that the program starts; Node's own, which loads modules, is none of them.
      const preload = `const told = new Promise((resolve) => process.on('SIGUSR2', resolve))
      process.on('worker', (thread) => {
        if (thread.constructor.name === 'Worker') told.then(() => thread.terminate())
      })`
      const running = startCli([...args, '--speed', '600', '--port', '0'], {
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
      })
      await running.until(/Tallywatch is at/)
      running.child.kill('SIGUSR2')
      const ran = await running.done
      expectOneLine(ran, 1, /^tallywatch replay: the classifier's thread ended .*start again/m)
      expect(ran.stdout).toBe('')
      expect(summaryOf(await runCli(args)).posts).toBe(lines.length)
    },
    RUN_MS,
  )

  test(
    'a ledger that somebody changed is found, and the entry named',
    async () => {
      const data = at('ledger')
      await mkdir(data)
      const url = `file:${join(data, 'tallywatch.desk.db')}`
      const desk = await openDesk({ url })
      const draft = {
        spikeId: null,
        narrative: 'machine_failure',
        place: 'AZ',
        office: 'Example County',
      } as const
      for (const claim of ['Scanners stopped', 'Printers stopped']) {
        const words = { claim, text: 'They did not.', link: 'https://example.gov', rating: 'False' } as const
        await desk.rebuttals.draft({ ...draft, ...words }, { by: 'Ann Lee', at: 1 })
      }
      await desk.close()
      const whole = await runCli(['verify-ledger', '--data', data])
      expect([whole.code, whole.stdout]).toEqual([0, `${url}: the ledger is whole, 2 entries.\n`])
      const raw = createClient({ url })
      await raw.batch(
        ['DROP TRIGGER ledger_refuses_update', "UPDATE ledger SET actor = 'Eve' WHERE seq = 2"],
        'write',
      )
      raw.close()
      const ran = await runCli(['verify-ledger', '--data', data])
      expectOneLine(ran, 1, `${url} is broken at entry 2: its content does not have its hash`)
      expect(ran.stdout).toBe('')
    },
    RUN_MS,
  )

  test(
    'a disk that is full: stops with one line, and goes on from there when there is room',
    async () => {
      const many = at('many.jsonl')
      const all = await recordedLines(5)
      await writeNight(
        many,
        Array.from({ length: 12 }, (_, copy) =>
          all.map((line) => line.replace('"id":"', `"id":"${copy}-`)),
        ).flat(),
      )
      const disk = at('disk')
      const script = `
      mkdir -p ${disk} && mount -t tmpfs -o size=24m tmpfs ${disk} || exit 90
      node --import tsx api/boot/cli.ts replay ${many} --json --data ${disk}/data >${at('full.out')} 2>${at('full.err')}
      echo $? >${at('full.code')}
      mount -o remount,size=900m ${disk} || exit 91
      node --import tsx api/boot/cli.ts replay ${many} --json --data ${disk}/data >${at('room.out')} 2>${at('room.err')}`
      await promisify(execFile)('unshare', ['-rm', 'sh', '-c', script], {
        cwd: new URL('../../', import.meta.url).pathname,
      })
      const stderr = await readFile(at('full.err'), 'utf8')
      expect(await readFile(at('full.code'), 'utf8'), stderr).toBe('1\n')
      expect(stderr).toMatch(/disk|space/i)
      expect(stderr).not.toMatch(/^\s+at /m)
      const after = JSON.parse(await readFile(at('room.out'), 'utf8')) as NightSummary
      const undisturbed = summaryOf(await runCli(['replay', many, '--json']))
      expect(after.posts).toBe(undisturbed.posts)
      expect(JSON.stringify(after.series)).toBe(JSON.stringify(undisturbed.series))
      expect(JSON.stringify(after.spikes)).toBe(JSON.stringify(undisturbed.spikes))
    },
    2 * RUN_MS,
  )
})
