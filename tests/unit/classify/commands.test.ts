import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text as readAll } from 'node:stream/consumers'
import { afterAll, describe, expect, it } from 'vitest'
import { type Command, FailedError, UsageError } from '../../../api/boot/command.ts'
import { evaluateCommand } from '../../../api/boot/commands/evaluate.ts'
import { judgeCommand } from '../../../api/boot/commands/judge.ts'

const folder = mkdtempSync(join(tmpdir(), 'tallywatch-commands-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function runCommand(command: Command, args: readonly string[], input: Iterable<string | Buffer> = []) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const out = readAll(stdout)
  const err = readAll(stderr)
  const io = { stdin: Readable.from(input), stdout, stderr, env: {}, signal: new AbortController().signal }
  try {
    return { code: await command.run(args, io), ...(await finish()) }
  } finally {
    stdout.end()
    stderr.end()
  }
  async function finish() {
    stdout.end()
    stderr.end()
    return { out: await out, err: await err }
  }
}

function linesOf(out: string): Record<string, unknown>[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('judge', () => {
  it('gives one verdict a line, in order', async () => {
    const posts = [
      { id: 'a', text: 'They rigged the voting machines in Detroit, Michigan, the election is stolen' },
      { id: 'b', text: 'Toast for breakfast' },
      { id: 3, text: '' },
    ]
    const { code, out, err } = await runCommand(
      judgeCommand,
      [],
      [posts.map((post) => JSON.stringify(post)).join('\n')],
    )
    expect([code, err]).toEqual([0, ''])
    const verdicts = linesOf(out)
    expect(verdicts.map((verdict) => verdict['id'])).toEqual(['a', 'b', 3])
    expect(Object.keys(verdicts[0]!)).toEqual([
      'id',
      'flagged',
      'score',
      'narratives',
      'stance',
      'stances',
      'places',
      'words',
      'language',
      'judged',
      'model',
    ])
    expect(verdicts[0]).toMatchObject({ flagged: true, stance: 'asserts', places: ['MI', '26163'] })
    expect(verdicts[1]).toMatchObject({ flagged: false, score: 0, places: [], words: [] })
  })

  it('says which language it read, and reads no other', async () => {
    const posts = [
      {
        id: 'pt',
        text: 'Trump ganhou, as urnas foram fraudadas e roubaram a eleição, todo mundo sabe disso',
      },
      { id: 'short', text: 'fraude trump', langs: ['pt-BR'] },
      { id: 'en', text: 'They rigged the voting machines in Detroit, Michigan, the election is stolen' },
    ]
    const { out } = await runCommand(judgeCommand, [], [posts.map((post) => JSON.stringify(post)).join('\n')])
    const unread = { language: 'pt', judged: false, flagged: false, score: 0, words: [], places: [] }
    expect(linesOf(out)).toMatchObject([unread, unread, { language: 'en', judged: true, flagged: true }])
  })

  it('keeps the order where a line is broken, and ends with 1', async () => {
    const lines = ['{"id":"a","text":"x"}', 'nope', '{"id":"b"}', '{"id":"c","text":"y"}', '']
    const { code, out, err } = await runCommand(judgeCommand, [], [lines.join('\n')])
    expect(code).toBe(1)
    expect(linesOf(out).map((line) => line['id'])).toEqual(['a', null, null, 'c'])
    expect(linesOf(out)[1]).toEqual({ id: null, error: 'not JSON' })
    expect(err).toContain('line 2: not JSON')
    expect(err).toContain('line 3: no post')
  })

  it('reads lines that are cut anywhere, within a character too', async () => {
    const bytes = Buffer.from('{"id":"a","text":"voté 🗳️ \u2028 stolen"}\r\n{"id":"b","text":"x"}\n')
    const { code, out } = await runCommand(
      judgeCommand,
      [],
      [...bytes].map((byte) => Buffer.from([byte])),
    )
    expect(code).toBe(0)
    expect(linesOf(out).map((line) => line['id'])).toEqual(['a', 'b'])
  })

  it('sets a line aside that is too long, and goes on', async () => {
    const long = `{"id":"a","text":"${'x'.repeat(1_200_000)}"}\n`
    const { code, out } = await runCommand(
      judgeCommand,
      [],
      [long.slice(0, 700_000), long.slice(700_000), '{"id":"b","text":"x"}\n'],
    )
    expect(code).toBe(1)
    expect(linesOf(out).map((line) => line['id'])).toEqual([null, 'b'])
  })

  it('takes no arguments', async () => {
    await expect(runCommand(judgeCommand, ['file.jsonl'])).rejects.toThrow(UsageError)
  })
})

describe('evaluate', () => {
  const labelled = [
    {
      text: 'They rigged the voting machines, the election is stolen',
      narrative: 'results_manipulated',
      stance: 'asserts',
      flag: true,
      sure: 1,
    },
    {
      text: 'Fact check: the claim that machines switched votes is false',
      narrative: 'results_manipulated',
      stance: 'debunks',
      flag: false,
      sure: 1,
    },
    {
      text: 'I waited four hours in line to vote and was turned away',
      narrative: 'voter_suppression_process',
      stance: 'asserts',
      flag: false,
      sure: 0,
    },
    {
      text: 'Toast for breakfast',
      narrative: 'not_election',
      stance: 'unrelated',
      flag: false,
      sure: 1,
      also: null,
      place: null,
    },
  ]
  const path = join(folder, 'labelled.jsonl')
  writeFileSync(path, labelled.map((post) => JSON.stringify(post)).join('\n'))

  it('gives the figures as JSON', async () => {
    const { code, out } = await runCommand(evaluateCommand, [path, '--json'])
    expect(code).toBe(0)
    const measured = JSON.parse(out) as object
    expect(measured).toMatchObject({
      posts: 4,
      flag: { truePositives: 1, falseNegatives: 0, precision: 1, recall: 1, f1: 1 },
      flagSure: { posts: 1, trueNegatives: 2 },
      wronglyFlagged: { debunks: { posts: 1, flagged: 0, share: 0 } },
    })
    expect(measured).toHaveProperty('narrative.classes.voting_obstructed')
  })

  it('prints a table for people', async () => {
    const { code, out } = await runCommand(evaluateCommand, [path])
    expect(code).toBe(0)
    for (const part of [
      'precision',
      'recall',
      'flag, sure',
      'narrative: accuracy',
      'confusion',
      'debunks flagged',
      'ECE',
    ]) {
      expect(out).toContain(part)
    }
  })

  it('says what is wrong with a file', async () => {
    await expect(runCommand(evaluateCommand, [join(folder, 'none.jsonl')])).rejects.toThrow(
      /there is no file/,
    )
    writeFileSync(join(folder, 'bad.jsonl'), '{"text":1}\n')
    await expect(runCommand(evaluateCommand, [join(folder, 'bad.jsonl')])).rejects.toThrow(FailedError)
    writeFileSync(join(folder, 'empty.jsonl'), '\n')
    await expect(runCommand(evaluateCommand, [join(folder, 'empty.jsonl')])).rejects.toThrow(/holds no posts/)
    await expect(runCommand(evaluateCommand, [])).rejects.toThrow(UsageError)
  })
})
