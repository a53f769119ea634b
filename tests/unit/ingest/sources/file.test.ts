import { gzipSync } from 'node:zlib'
import { appendFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createFileSource, nameOfFile, type FileSourceOptions } from '../../../../ingest/sources/file.ts'
import { gather, jsonLines, makeFile, normalize } from './read.ts'

const START = Date.UTC(2020, 10, 4, 2, 0)
const TODAY = Date.UTC(2026, 0, 1)

/** `count` posts a second apart. */
function night(count: number, from = 0): { id: string; date: string; author: string; text: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `n${from + index}`,
    date: new Date(START + (from + index) * 1_000).toISOString(),
    author: `voter${index % 7}`,
    text: `Report ${from + index}: the line at the library is moving again`,
  }))
}

function source(path: string, options: Partial<FileSourceOptions> = {}) {
  return createFileSource({ path, normalize, speed: 'max', wallClock: () => TODAY, ...options })
}

describe('nameOfFile', () => {
  it.each([
    ['/a/night.jsonl.gz', 'night'],
    ['night.CSV', 'night'],
    ['a.b.gz', 'a.b'],
    ['posts', 'posts'],
  ])('of %s is %s', (path, name) => expect(nameOfFile(path)).toBe(name))
})

describe('a file of JSON lines', () => {
  it('gives its posts in order, on its own clock', async () => {
    const file = source(await makeFile('night.jsonl', jsonLines(night(3))))
    const { posts, deadLetters, coverage, received, batches } = await gather(file)
    expect(posts.map((post) => post.id)).toEqual(['file:night/n0', 'file:night/n1', 'file:night/n2'])
    expect(posts[1]).toMatchObject({
      source: 'file:night',
      createdAt: START + 1_000,
      capturedAt: START + 1_000,
    })
    expect(deadLetters).toEqual([])
    expect(received).toBe(3)
    expect(coverage).toEqual([
      { source: 'file:night', from: START, to: START + 2_000, kind: 'complete', share: 1 },
    ])
    expect(batches.at(-1)?.progress).toBe(1)
    expect(file.status()).toMatchObject({ state: 'finished', detail: 'Read to its end: 3 posts.' })
  })

  it('is read with a BOM, CRLF, blank lines, and no line end at the end', async () => {
    const [first, second] = night(2).map((record) => JSON.stringify(record))
    const path = await makeFile('odd.jsonl', `\ufeff${first}\r\n\r\n${second}`)
    const { posts, deadLetters } = await gather(source(path))
    expect(posts).toHaveLength(2)
    expect(deadLetters).toEqual([])
  })

  it('sets broken lines aside and goes on', async () => {
    const [first, second] = night(2).map((record) => JSON.stringify(record))
    const lines = [
      first,
      '{"id":"x","text":',
      '42',
      '{"note":"nothing of a post"}',
      '{"id":"y","date":"2020-11-04"}',
      second,
    ]
    const { posts, deadLetters, received } = await gather(source(await makeFile('b.jsonl', lines.join('\n'))))
    expect(posts).toHaveLength(2)
    expect(received).toBe(6)
    expect(deadLetters.map(({ id, reason }) => [id, reason])).toEqual([
      ['file:b#L2', 'not_json'],
      ['file:b#L3', 'unknown_shape'],
      ['file:b#L4', 'unknown_shape'],
      ['file:b#L5', 'unknown_shape'],
    ])
    expect(deadLetters[0]).toMatchObject({ payload: '{"id":"x","text":', capturedAt: START })
  })

  it('keeps a post whose bytes are not UTF-8, and marks it', async () => {
    const [record] = night(1)
    const bytes = Buffer.from(jsonLines([{ ...record, text: 'The caf# is a polling place' }]))
    bytes[bytes.indexOf('#')] = 0xe9
    const { posts } = await gather(source(await makeFile('latin.jsonl', bytes)))
    expect(posts[0]).toMatchObject({ text: 'The caf\ufffd is a polling place', marks: ['invalid_utf8'] })
  })

  it('does not mark a replacement character that was written', async () => {
    const [record] = night(1)
    const { posts } = await gather(
      source(await makeFile('a.jsonl', jsonLines([{ ...record, text: 'odd \ufffd' }]))),
    )
    expect(posts[0]?.marks).toEqual([])
  })

  it('sets a line beyond 1 MiB aside with its start, and reads the next', async () => {
    const [first, second] = night(2)
    const long = { ...first, text: 'x'.repeat(3 * 1024 * 1024) }
    const { posts, deadLetters } = await gather(source(await makeFile('l.jsonl', jsonLines([long, second]))))
    expect(posts.map((post) => post.id)).toEqual(['file:l/n1'])
    expect(deadLetters).toMatchObject([{ id: 'file:l#L1', reason: 'line_too_long' }])
    expect(deadLetters[0]?.payload).toHaveLength(8_000)
  })

  it('cuts a long text of a line that is not too long', async () => {
    const [first] = night(1)
    const { posts } = await gather(
      source(await makeFile('c.jsonl', jsonLines([{ ...first, text: 'y'.repeat(900_000) }]))),
    )
    expect(posts[0]).toMatchObject({ text: 'y'.repeat(10_000), marks: ['text_cut'] })
  })

  it('takes an array in a line as several records', async () => {
    const path = await makeFile('many.jsonl', `${JSON.stringify(night(2))}\n[{"text":"no time"}]\n`)
    const { posts, deadLetters } = await gather(source(path))
    expect(posts).toHaveLength(2)
    expect(deadLetters).toMatchObject([{ id: 'file:many#L2.1', reason: 'bad_timestamp' }])
  })

  it('gives records without an id the number of their line', async () => {
    const records = night(2).map(({ date, text }) => ({ date, text }))
    const { posts } = await gather(source(await makeFile('n.jsonl', jsonLines(records))))
    expect(posts.map((post) => post.id)).toEqual(['file:n/L1', 'file:n/L2'])
  })

  it('keeps every digit of ids that are written as large numbers', async () => {
    const line = '{"user":{"id":1},"id":1323793234512334849,"text":"One","created_at":"2020-11-04"}\n'
    const { posts } = await gather(source(await makeFile('n.jsonl', line)))
    expect(posts[0]?.id).toBe('file:n/1323793234512334849')
  })

  it('tells accounts apart that are written as large numbers', async () => {
    const lines = [1, 2].map(
      (n) => `{"id":${n},"user_id":132379323451233484${n},"text":"One","created_at":"2020-11-04"}\n`,
    )
    const { posts } = await gather(source(await makeFile('n.jsonl', lines.join(''))))
    expect(posts.map(({ author }) => author)).toEqual(
      [1, 2].map((n) => normalize.author(`132379323451233484${n}`)),
    )
  })

  it('with nothing in it is finished at once', async () => {
    const { posts, coverage, batches } = await gather(source(await makeFile('empty.jsonl', '\n\n')))
    expect([posts, coverage, batches.length]).toEqual([[], [], 1])
  })
})

describe('what is set aside', () => {
  it('names nobody in the words that say why', async () => {
    // What Python writes for a number that is none.
    const path = await makeFile('a.jsonl', '{"id":"1","user":"ann","n":NaN}\n{"user":ann}\nundefined\n')
    const { deadLetters } = await gather(source(path))
    expect(deadLetters.map(({ reason }) => reason)).toEqual(['not_json', 'not_json', 'not_json'])
    expect(deadLetters[0]!.detail).toMatch(/^Line 1 is not JSON/)
    expect(JSON.stringify(deadLetters.map(({ detail }) => detail))).not.toContain('ann')
  })

  it('names no account that a map alone tells', async () => {
    const record = {
      words: 'Polls have closed',
      when: 'yesterday',
      from: { nick: 'somebody', place: 'Mesa' },
    }
    const map = 'text=words,createdAt=when,author=from.nick,placeHint=from.place'
    const path = await makeFile('a.jsonl', jsonLines([record]))
    const [letter] = (await gather(source(path, { map }))).deadLetters
    expect(letter!.payload).not.toContain('somebody')
    expect(letter!.payload).toContain(`hmac:${normalize.author('somebody')}`)
    expect(letter!.payload).toContain('Mesa')
    const table = await makeFile('b.csv', 'words,when,nick\nPolls have closed,yesterday,somebody\n')
    const [row] = (await gather(source(table, { map: 'text=words,createdAt=when,author=nick' }))).deadLetters
    expect(row!.payload).toContain(`hmac:${normalize.author('somebody')}`)
  })

  it('is a time that is nested deeper than can be shown', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const lines = [`{"id":"1","text":"Polls have closed","date":${deep}}\n`, jsonLines(night(1))]
    const { posts, deadLetters } = await gather(source(await makeFile('a.jsonl', lines.join(''))))
    expect(posts).toHaveLength(1)
    expect(deadLetters).toMatchObject([{ reason: 'bad_timestamp' }])
  })

  it('is a deletion of what no post can be called', async () => {
    const lines = jsonLines([{ id: 'x'.repeat(600_000), deleted: true }, ...night(1)])
    const { posts, deadLetters, batches } = await gather(source(await makeFile('a.jsonl', lines)))
    expect(posts).toHaveLength(1)
    expect(batches.flatMap(({ changes }) => changes)).toEqual([])
    expect(deadLetters).toMatchObject([{ reason: 'invalid_record' }])
  })
})

it('is not held up by quotation marks before a large number', async () => {
  const record = `{"text":"${'\\"'.repeat(60_000)}","id":1323456789012345678,"date":"2020-11-04T02:00:00Z"}\n`
  const begun = performance.now()
  const { posts } = await gather(source(await makeFile('a.jsonl', record)))
  expect(posts).toMatchObject([{ id: 'file:a/1323456789012345678' }])
  expect(performance.now() - begun).toBeLessThan(2_000)
})

describe('bad times', () => {
  const dated = (id: string, date: unknown) => ({ id, date, text: 'Somebody wrote this' })

  it('are replaced by the newest good one so far, and marked', async () => {
    const records = [
      dated('a', '2020-11-04T02:00:00Z'),
      dated('b', '1970-01-01T00:00:00Z'),
      dated('c', '2020-11-04T02:05:00Z'),
      dated('d', '2020-11-04T02:01:00Z'),
      dated('e', '2099-01-01'),
      dated('f', 0),
    ]
    const { posts, coverage } = await gather(source(await makeFile('t.jsonl', jsonLines(records))))
    const minutes = posts.map((post) => [(post.createdAt - START) / 60_000, post.marks.length])
    expect(minutes).toEqual([
      [0, 0],
      [0, 1],
      [5, 0],
      [1, 0],
      [5, 1],
      [5, 1],
    ])
    expect(coverage).toMatchObject([{ from: START, to: START + 5 * 60_000 }])
  })

  it('set the post aside where there was no good one yet, or where they are no times', async () => {
    const records = [dated('a', '2099-01-01'), dated('b', '2020-11-04'), dated('c', 'soon'), dated('d', null)]
    const { posts, deadLetters } = await gather(source(await makeFile('t.jsonl', jsonLines(records))))
    expect(posts.map((post) => post.id)).toEqual(['file:t/b'])
    expect(deadLetters.map(({ reason }) => reason)).toEqual([
      'bad_timestamp',
      'bad_timestamp',
      'bad_timestamp',
    ])
  })

  it('are told by the record’s own time of capture, where it has one', async () => {
    const records = [
      { ...dated('a', '2020-11-03T10:00:00Z'), captured_at: '2020-11-04T02:00:00Z' },
      { ...dated('b', '2020-11-05T10:00:00Z'), captured_at: '2020-11-04T02:00:00Z' },
    ]
    const { posts } = await gather(source(await makeFile('t.jsonl', jsonLines(records))))
    expect(posts).toMatchObject([
      { createdAt: Date.UTC(2020, 10, 3, 10), capturedAt: START, marks: [] },
      { createdAt: START, capturedAt: START, marks: ['created_at_replaced'] },
    ])
  })
})

describe('gzip', () => {
  it('is told by its bytes and not by its name, and may have several members', async () => {
    const whole = Buffer.concat([gzipSync(jsonLines(night(2))), gzipSync(jsonLines(night(2, 2)))])
    const { posts } = await gather(source(await makeFile('night.jsonl', whole)))
    expect(posts.map((post) => post.id)).toEqual(['n0', 'n1', 'n2', 'n3'].map((id) => `file:night/${id}`))
  })

  it('that ends in the middle gives everything before, and says so', async () => {
    const whole = gzipSync(jsonLines(night(5_000)))
    const path = await makeFile('cut.jsonl.gz', whole.subarray(0, Math.floor(whole.length / 2)))
    const file = source(path)
    const { posts, deadLetters, coverage, position } = await gather(file)
    expect(posts.length).toBeGreaterThan(1_500)
    expect(posts.map((post) => post.id)).toEqual(night(posts.length).map(({ id }) => `file:cut/${id}`))
    expect(deadLetters).toMatchObject([{ reason: 'truncated_input', id: `file:cut#L${posts.length + 1}` }])
    expect(file.status().detail).toMatch(
      /ends in the middle of its gzip data\. Read up to there: .* whole file/,
    )
    const last = START + (posts.length - 1) * 1_000
    expect(coverage).toMatchObject([
      { kind: 'complete', from: START, to: last },
      { kind: 'none', from: last, share: 0 },
    ])
    await writeFile(path, whole)
    const rest = await gather(source(path), position)
    expect([...posts, ...rest.posts].map((post) => post.id)).toEqual(
      night(5_000).map(({ id }) => `file:cut/${id}`),
    )
  })

  it('loses nothing that can be unpacked, wherever it ends', async () => {
    const whole = gzipSync(jsonLines(night(40)))
    for (let length = 20; length < whole.length; length += 37) {
      const { posts, deadLetters } = await gather(source(await makeFile('c.gz', whole.subarray(0, length))))
      expect(posts.map((post) => post.id)).toEqual(night(posts.length).map(({ id }) => `file:c/${id}`))
      expect(deadLetters.map(({ reason }) => reason)).toEqual(['truncated_input'])
    }
    const { posts } = await gather(source(await makeFile('c.gz', whole.subarray(0, whole.length - 8))))
    expect(posts).toHaveLength(40)
  })

  it('that is damaged gives what comes before the damage', async () => {
    const whole = gzipSync(jsonLines(night(20_000)))
    whole.fill(0xff, whole.length - 5_000, whole.length - 4_000)
    const file = source(await makeFile('damaged.jsonl.gz', whole))
    const { posts, deadLetters } = await gather(file)
    expect(posts.length).toBeGreaterThan(10_000)
    expect(deadLetters.at(-1)?.reason).toBe('truncated_input')
    expect(file.status().detail).toContain('is damaged')
  })
})

describe('a run that was interrupted', () => {
  it('goes on where it was, and gives the same as one run', async () => {
    const records = night(6_500).map((record, index) =>
      index % 900 === 899 ? { ...record, date: '1970-01-01' } : record,
    )
    const path = await makeFile('night.jsonl.gz', gzipSync(jsonLines(records)))
    const whole = await gather(source(path))
    const before = await gather(source(path), null, 2)
    const after = await gather(source(path), JSON.parse(JSON.stringify(before.position)))
    expect(before.posts.length).toBeGreaterThan(0)
    expect(after.posts.length).toBeGreaterThan(0)
    expect([...before.posts, ...after.posts]).toEqual(whole.posts)
    expect(after.coverage).toEqual(whole.coverage)
    expect(after.position).toEqual(whole.position)
  })

  it('gives nothing when the file had been read to its end', async () => {
    const path = await makeFile('night.jsonl', jsonLines(night(10)))
    const { position } = await gather(source(path))
    const again = source(path)
    expect((await gather(again, position)).batches).toEqual([])
    expect(again.status().state).toBe('finished')
  })

  it('reads on a file that has grown', async () => {
    const path = await makeFile('night.jsonl', jsonLines(night(10)))
    const { position } = await gather(source(path))
    await appendFile(path, jsonLines(night(3, 10)))
    expect((await gather(source(path), position)).posts.map((post) => post.id)).toEqual([
      'file:night/n10',
      'file:night/n11',
      'file:night/n12',
    ])
  })

  it('starts from the start for another file of the same name, or another map', async () => {
    const path = await makeFile('night.jsonl', jsonLines(night(10)))
    const { position } = await gather(source(path))
    expect((await gather(source(path, { map: 'text=text,id=date' }), position)).posts).toHaveLength(10)
    await writeFile(path, jsonLines(night(10, 1)))
    expect((await gather(source(path), position)).posts).toHaveLength(10)
    expect((await gather(source(path), { line: 'nonsense' })).posts).toHaveLength(10)
  })
})

describe('pace', () => {
  it('gives the night at the speed asked for, in small steps', async () => {
    const file = source(await makeFile('night.jsonl', jsonLines(night(600))), { speed: 600 })
    const before = performance.now()
    const { batches, posts } = await gather(file)
    expect(performance.now() - before).toBeGreaterThan(900)
    expect(posts).toHaveLength(600)
    expect(batches.length).toBeGreaterThan(8)
    expect(Math.max(...batches.map((batch) => batch.posts.length))).toBeLessThan(100)
  })

  it('stops waiting when it is told to', async () => {
    const file = source(await makeFile('night.jsonl', jsonLines(night(600))), { speed: 1 })
    const abort = new AbortController()
    const before = performance.now()
    setTimeout(() => abort.abort(), 50)
    for await (const batch of file.read(null, abort.signal)) expect(batch.posts.length).toBeLessThan(5)
    expect(performance.now() - before).toBeLessThan(5_000)
  })
})

describe('what a person must mend', () => {
  it('is a file that is not there, a folder, or another format', async () => {
    const path = await makeFile('posts.xlsx', Buffer.from([0x50, 0x4b, 3, 4, 0]))
    await expect(gather(source('/nowhere/at/all.jsonl'))).rejects.toMatchObject({ code: 'not_found' })
    await expect(gather(source('/'))).rejects.toMatchObject({ code: 'unreadable' })
    await expect(gather(source(path))).rejects.toThrow(/ZIP archive or a spreadsheet.*save it as CSV/s)
    const array = await makeFile('posts.json', '[\n{"text":"a"}\n]')
    await expect(gather(source(array))).rejects.toThrow(/jq -c/)
    const file = source('/nowhere/at/all.jsonl')
    await expect(gather(file)).rejects.toThrow('There is no file /nowhere/at/all.jsonl.')
    expect(file.status().state).toBe('failed')
  })

  it('is a map with a column that the first record has not; it lists those that there are', async () => {
    const path = await makeFile('night.jsonl', jsonLines([{ post: { body: 'Hi' }, when: '2020-11-04' }]))
    const read = gather(source(path, { map: 'text=post.text,createdAt=when' }))
    await expect(read).rejects.toMatchObject({ code: 'unknown_column' })
    await expect(read).rejects.toThrow(/text is to come from "post\.text".*It has post\.body, when\./)
  })

  it('is a map that is not one, or that names no field of a post', () => {
    expect(() => source('a', { map: 'text' })).toThrow(/field=column/)
    expect(() => source('a', { map: 'text=a,text=b' })).toThrow(/twice/)
    expect(() => source('a', { map: 'likes=a' })).toThrow(/no field "likes"; it has text, id, createdAt/)
  })
})

it('takes no more memory for a larger file', { timeout: 60_000 }, async () => {
  // 210 MB unpacked.
  const block = gzipSync(jsonLines(night(2_000).map((record) => ({ ...record, filler: 'z'.repeat(4_000) }))))
  const path = await makeFile('large.jsonl.gz', Buffer.concat(Array.from({ length: 25 }, () => block)))
  let posts = 0
  let most = 0
  const before = process.memoryUsage().rss
  for await (const batch of source(path).read(null, new AbortController().signal)) {
    posts += batch.posts.length
    most = Math.max(most, process.memoryUsage().rss)
  }
  expect(posts).toBe(50_000)
  expect((most - before) / 1024 / 1024).toBeLessThan(150)
})
