import { parse } from 'csv-parse/sync'
import * as fc from 'fast-check'
import { stringify } from 'csv-stringify/sync'
import { describe, expect, it } from 'vitest'
import { createFileSource } from '../../../../ingest/sources/file.ts'
import { createCsvReader } from '../../../../ingest/sources/file/csv.ts'
import { createLineSplitter } from '../../../../ingest/sources/file/lines.ts'
import type { FileRecord } from '../../../../ingest/sources/file/record.ts'
import { gather, makeFile, normalize } from './read.ts'

const HEADER = 'Tweet ID,Created At,User,Text,State\n'

async function read(name: string, content: string, map?: string) {
  const path = await makeFile(name, content)
  return gather(createFileSource({ path, normalize, speed: 'max', ...(map === undefined ? {} : { map }) }))
}

describe('a CSV file', () => {
  it('is read by the obvious names of its columns', async () => {
    const { posts } = await read('a.csv', `${HEADER}17,2020-11-04 02:00:00,ann,Polls are open,NV\n`)
    expect(posts).toMatchObject([
      { id: 'file:a/17', createdAt: Date.UTC(2020, 10, 4, 2), text: 'Polls are open', placeHint: 'NV' },
    ])
    expect(posts[0]?.author).toMatch(/^[0-9a-f]{64}$/)
  })

  it('may quote, double quotes, and break lines in a field', async () => {
    const content = `${HEADER}1,2020-11-04,ann,"One, ""two""\r\nthree",\r\n2,2020-11-04,bob,5" of rain,NV\r\n`
    const { posts, deadLetters } = await read('a.csv', content)
    expect(posts.map((post) => post.text)).toEqual(['One, "two"\nthree', '5" of rain'])
    expect(posts[0]?.placeHint).toBeNull()
    expect(deadLetters).toEqual([])
  })

  it.each([
    [';', 'a.csv'],
    ['\t', 'a.tsv'],
    ['|', 'a'],
  ])('may part its columns with %j', async (delimiter, name) => {
    const lines = ['id,date,text', '1,2020-11-04,Well']
    const { posts } = await read(name, `${lines.join('\n').replaceAll(',', delimiter)}\n`)
    expect(posts).toMatchObject([{ id: 'file:a/1', text: 'Well' }])
  })

  it('loses one line to a quote that is never closed', async () => {
    const rows = Array.from({ length: 1_500 }, (_, index) => `${index},2020-11-04,ann,Row ${index},NV\n`)
    rows[3] = '3,2020-11-04,ann,"open,NV\n'
    const { posts, deadLetters } = await read('a.csv', HEADER + rows.join(''))
    expect(posts).toHaveLength(1_499)
    expect(posts.map((post) => post.id)).toEqual(
      [...rows.keys()].filter((id) => id !== 3).map((id) => `file:a/${id}`),
    )
    expect(deadLetters).toMatchObject([
      { id: 'file:a#L5', reason: 'not_csv', detail: 'A quote that opens in line 5 is never closed.' },
    ])
  })

  it('finds the open quote at the end too', async () => {
    const { posts, deadLetters } = await read(
      'a.csv',
      `${HEADER}1,2020-11-04,ann,"open,NV\n2,2020-11-04,bob,Good,NV`,
    )
    expect(posts.map((post) => post.id)).toEqual(['file:a/2'])
    expect(deadLetters.map(({ reason }) => reason)).toEqual(['not_csv'])
  })

  it('sets aside rows with too few or too many fields, and lines beyond 1 MiB', async () => {
    const rows = [
      '1,2020-11-04,ann',
      '2,2020-11-04,ann,a,NV,more',
      '3,2020-11-04,ann,b,NV,,',
      `4,${'x'.repeat(2 ** 21)}`,
    ]
    const { posts, deadLetters } = await read('a.csv', `${HEADER}${rows.join('\n')}\n5,2020-11-04,bob,c,NV\n`)
    expect(posts.map((post) => post.id)).toEqual(['file:a/3', 'file:a/5'])
    expect(deadLetters.map(({ id, reason }) => [id, reason])).toEqual([
      ['file:a#L2', 'not_csv'],
      ['file:a#L3', 'not_csv'],
      ['file:a#L5', 'line_too_long'],
    ])
  })

  it('resumes after a record of several lines', async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => `${index},2020-11-04,ann,"Row\n${index}",NV\n`)
    const path = await makeFile('a.csv', HEADER + rows.join(''))
    const source = () => createFileSource({ path, normalize, speed: 'max' })
    const whole = await gather(source())
    const before = await gather(source(), null, 1)
    const after = await gather(source(), before.position)
    expect(whole.posts).toHaveLength(5_000)
    expect(after.posts.length).toBeGreaterThan(1_000)
    expect([...before.posts, ...after.posts]).toEqual(whole.posts)
  })

  it('is read by a map', async () => {
    const content = 'when,who.name,said\n2020-11-04,ann,Well\n'
    const { posts } = await read('a.csv', content, 'text=said,createdAt=when,author=who.name')
    expect(posts).toMatchObject([{ id: 'file:a/L2', text: 'Well' }])
    expect(posts[0]?.author).not.toBeNull()
    await expect(read('a.csv', content, 'text=words')).rejects.toThrow(/It has when, who\.name, said\./)
  })

  it('without a column that looks like the text asks for a map', async () => {
    const reading = read('a.csv', 'x,y\n1,2\n')
    await expect(reading).rejects.toMatchObject({ code: 'unknown_column' })
    await expect(reading).rejects.toThrow(/There is x, y\..*--map text=COLUMN/)
  })
})

it('reads what another CSV library reads', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é'), maxLength: 8 })
  const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(table, (rows) => {
      const text = stringify([['a', 'b', 'c'], ...rows])
      const reader = createCsvReader()
      const splitter = createLineSplitter()
      const records: FileRecord[] = [...splitter.push(Buffer.from(text))].flatMap((line) => reader.push(line))
      records.push(...reader.end())
      const values = records.map(({ outcome }) =>
        outcome.ok ? Object.values(outcome.fields) : outcome.reason,
      )
      const expected = parse(text, { from: 2 })
      expect(values).toEqual(expected)
    }),
  )
})
