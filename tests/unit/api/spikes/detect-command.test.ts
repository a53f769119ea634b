import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { FailedError, UsageError, type Io } from '../../../../api/boot/command.ts'
import { detectCommand } from '../../../../api/boot/commands/detect.ts'
import { night, START, STATES } from './detect-night.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'detect-'))
  writeFileSync(
    path('meta.json'),
    JSON.stringify({ suite: 'own', step: 60, season: [1440], hierarchical: true }),
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

function path(name: string): string {
  return join(folder, name)
}

function io(stdin: Readable = Readable.from([])): { io: Io; stdout: PassThrough } {
  const stdout = new PassThrough()
  return {
    io: { stdin, stdout, stderr: new PassThrough(), env: {}, signal: new AbortController().signal },
    stdout,
  }
}

const lines = night({
  seed: 21,
  ticks: 90,
  places: STATES.slice(0, 5),
  narratives: ['votes_not_counted', 'machine_failure'],
  exposure: 80,
  share: 0.01,
  lift: (t, p, n) => (p === 'AZ' && n === 'votes_not_counted' && t >= 40 && t < 55 ? 15 : 1),
}).flatMap((rows, i) =>
  rows.map(({ key, count, exposure }) => JSON.stringify({ series: key, t: START + i * 60, count, exposure })),
)

const rowSchema = z.object({ series: z.string(), t: z.number(), score: z.number(), alert: z.boolean() })
const keySchema = z.object({ series: z.string(), t: z.number() })
const episodeSchema = z.object({ series: z.string(), detected: z.number(), lo: z.number(), hi: z.number() })

function parse<T>(schema: z.ZodType<T>, output: string): T[] {
  const lines = output.trimEnd().split('\n')
  return lines.map((line) => schema.parse(JSON.parse(line)))
}

async function failure(content: string): Promise<string> {
  writeFileSync(path('bad.jsonl'), content)
  const run = detectCommand.run([path('bad.jsonl'), path('bad.out'), path('meta.json')], io().io)
  const error: unknown = await run.then(
    () => null,
    (error: unknown) => error,
  )
  if (!(error instanceof FailedError))
    throw new Error('the command did not fail as it should', { cause: error })
  return error.message
}

describe('detect', () => {
  it('gives one line for each line, in order, and the burst’s episode', async () => {
    writeFileSync(path('in.jsonl'), `${lines.join('\n')}\n`)
    const args = [
      path('in.jsonl'),
      path('out.jsonl'),
      path('meta.json'),
      '--episodes',
      path('episodes.jsonl'),
    ]
    expect(await detectCommand.run(args, io().io)).toBe(0)
    const out = parse(rowSchema, readFileSync(path('out.jsonl'), 'utf8'))
    const input = lines.map((line) => keySchema.parse(JSON.parse(line)))
    expect(out.map(({ series, t }) => [series, t])).toEqual(input.map(({ series, t }) => [series, t]))
    const first = out.find((row) => row.series === 'AZ|votes_not_counted' && row.alert)!
    expect((first.t - START) / 60).toBeGreaterThanOrEqual(40)
    expect((first.t - START) / 60).toBeLessThanOrEqual(45)
    const episodes = parse(episodeSchema, readFileSync(path('episodes.jsonl'), 'utf8'))
    const episode = episodes.find((e) => e.series === 'AZ|votes_not_counted')!
    expect(episode.detected).toBe(first.t)
    const truth = 15 * 80 * 0.01 * 14
    expect(episode.lo).toBeLessThan(truth)
    expect(episode.hi).toBeGreaterThan(truth)
  })

  it('finds meta.json beside IN, and reads and writes - the same', async () => {
    await detectCommand.run([path('in.jsonl'), path('beside.jsonl')], io().io)
    const streams = io(Readable.from([lines.slice(0, 300).join('\n'), `\n${lines.slice(300).join('\n')}`]))
    const written = text(streams.stdout)
    expect(await detectCommand.run(['-', '-'], streams.io)).toBe(0)
    streams.stdout.end()
    expect(await written).toBe(readFileSync(path('beside.jsonl'), 'utf8'))
  })

  it('does not look ahead: the first half alone gives the same lines', async () => {
    const half = lines.length / 2
    writeFileSync(path('half.jsonl'), lines.slice(0, half).join('\n'))
    await detectCommand.run([path('half.jsonl'), path('half.out')], io().io)
    const whole = readFileSync(path('beside.jsonl'), 'utf8').trimEnd().split('\n')
    expect(readFileSync(path('half.out'), 'utf8').trimEnd().split('\n')).toEqual(whole.slice(0, half))
  })

  it('takes fields in any order, escapes, and an exposure that is left out as 1', async () => {
    const odd =
      '{"t":60,"count":2,"series":"a\\"b|c"}\n\n{"series":"x|c","t":60,"count":0,"exposure":2.5e1}\n'
    writeFileSync(path('odd.jsonl'), odd)
    await detectCommand.run([path('odd.jsonl'), path('odd.out')], io().io)
    expect(parse(rowSchema, readFileSync(path('odd.out'), 'utf8')).map((row) => row.series)).toEqual([
      'a"b|c',
      'x|c',
    ])
  })

  it('says which line is not a count', async () => {
    const good = lines.slice(0, 3).join('\n')
    expect(await failure(`${good}\n{"series":"x","t":`)).toContain('line 4 ')
    expect(await failure(`${good}\n{"series":"x","t":1,"count":-1,"exposure":1}\n`)).toContain('line 4 ')
    expect(await failure(`${good}\nnot json\n`)).toContain('line 4 ')
    expect(await failure('x'.repeat(70_000))).toContain('longer than')
  })

  it('says where time goes back and where a series comes twice in a tick', async () => {
    const row = (t: number): string => `{"series":"US|a","t":${t},"count":1,"exposure":5}\n`
    expect(await failure(row(60) + row(120) + row(60))).toContain('line 3: tick 60 does not come after 120')
    expect(await failure(row(60) + row(60))).toContain('line 1: US|a comes twice')
  })

  it('says what cannot be read or written', async () => {
    const run = (args: string[]): Promise<number> => detectCommand.run(args, io().io)
    await expect(run([path('none.jsonl'), path('o'), path('meta.json')])).rejects.toThrow(
      /cannot read.*none\.jsonl/,
    )
    await expect(run([path('in.jsonl'), path('no/o'), path('meta.json')])).rejects.toThrow(
      /cannot write.*no\/o/,
    )
    await expect(run([path('in.jsonl'), path('o'), path('none.json')])).rejects.toThrow(
      /cannot read.*none\.json/,
    )
    writeFileSync(path('bad.json'), '{"step":0}')
    await expect(run([path('in.jsonl'), path('o'), path('bad.json')])).rejects.toBeInstanceOf(FailedError)
  })

  it('refuses wrong use', async () => {
    const wrong = [[], ['a'], ['a', 'b', 'c', 'd'], ['--nothing', 'a', 'b'], ['a', 'b', '--episodes']]
    for (const args of wrong)
      await expect(detectCommand.run(args, io().io)).rejects.toBeInstanceOf(UsageError)
    await expect(detectCommand.run(['a', 'b', '--false-alarms', '0'], io().io)).rejects.toBeInstanceOf(
      UsageError,
    )
  })

  it('accepts another number of false alarms', async () => {
    const count = async (n: string): Promise<number> => {
      await detectCommand.run(
        [path('in.jsonl'), path('n.out'), path('meta.json'), '--false-alarms', n],
        io().io,
      )
      return parse(rowSchema, readFileSync(path('n.out'), 'utf8')).filter((row) => row.alert).length
    }
    expect(await count('0.00000001')).toBeLessThan(await count('5'))
  })
})
