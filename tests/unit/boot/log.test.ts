import { expect, test } from 'vitest'
import { createLog } from '../../../api/boot/log.ts'
import { redact } from '../../../api/boot/redact.ts'
import { toStoreError } from '../../../classify/store/errors.ts'

const TEXT = 'They lost our ballots at the north precinct, friends'

function openLog() {
  const lines: string[] = []
  return { ...createLog({ write: (line: string) => void lines.push(line) }), lines }
}

test('an error is told once a minute, with its code and without its input', () => {
  const { onError, lines } = openLog()
  const engine = new Error(
    `Code: 27. DB::Exception: Cannot parse input: expected '"' before: '${TEXT}","x"]': (while reading the value of key text): (at row 7)\n`,
  )
  const stored = toStoreError(engine, 'insert into posts', 'ClickHouse at http://c')
  for (let i = 0; i < 3; i++) onError(stored)
  expect(lines).toHaveLength(1)
  const line = JSON.parse(lines[0]!) as Record<string, unknown>
  expect(line).toMatchObject({ level: 50, name: 'tallywatch', code: 'invalid_value', type: 'StoreError' })
  expect(line['msg']).toContain('insert into posts')
  expect(lines[0]).not.toContain('ballots')
})

test.each([
  ['a parser that quotes what it cannot read', () => JSON.parse(`${TEXT} {"text":"${TEXT}"}`) as unknown],
  [
    'a refused value',
    () => {
      throw new RangeError(`not a minute: "${TEXT}"`)
    },
  ],
  [
    'a cause that quotes',
    () => {
      throw new Error('insert failed', { cause: new Error(TEXT) })
    },
  ],
  [
    'quotes within quotes',
    () => {
      throw new Error(`row {"text":"${TEXT.replaceAll('lost', '\\"lost\\"')}"} is wrong`)
    },
  ],
])('%s tells nothing of a text', (_, fails) => {
  const { onError, lines } = openLog()
  try {
    fails()
  } catch (error) {
    onError(error)
  }
  expect(lines).toHaveLength(1)
  for (const word of ['ballots', 'precinct', 'friends']) expect(lines[0]).not.toContain(word)
})

test('names and places of ours stay readable', () => {
  const said = 'The data folder \'/srv/night\' is in use by another process (17): column "text_key"'
  expect(redact(said)).toBe(said)
  const { warn, lines } = openLog()
  warn('topic night.posts: it has one copy')
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 40, msg: 'topic night.posts: it has one copy' })
})
