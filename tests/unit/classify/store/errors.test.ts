import { ClickHouseError } from '@clickhouse/client'
import { describe, expect, it } from 'vitest'
import { engineCode, isPassing, toStoreError } from '../../../../classify/store/errors.ts'
import { StoreError } from '../../../../classify/store/store.ts'

const overHttp = (code: string, message: string) => new ClickHouseError({ message, code, type: 'SOME_TYPE' })
const inProcess = (code: number, message: string) =>
  Object.assign(new Error(`Code: ${code}. DB::Exception: ${message}`), {
    code: 'CHDB_QUERY',
    clickhouseCode: code,
  })
const socket = (code: string) => Object.assign(new Error(`connect ${code} 127.0.0.1:8123`), { code })

describe('what an error of the engine means', () => {
  it.each([
    [overHttp('60', 'Unknown table'), 60],
    [inProcess(60, 'Unknown table'), 60],
    [new Error('Code: 243. DB::Exception: Cannot reserve 1.00 MiB'), 243],
    [socket('ECONNREFUSED'), null],
    ['a string', null],
  ])('its code (%#)', (error, code) => expect(engineCode(error)).toBe(code))

  it.each([
    [socket('ECONNREFUSED'), true],
    [socket('ECONNRESET'), true],
    [new Error('socket hang up'), true],
    [new Error('Timeout error.'), true],
    [new Error('<html><h1>502 Bad Gateway</h1></html>'), true],
    [overHttp('252', 'Too many parts'), true],
    [overHttp('202', 'Too many simultaneous queries'), true],
    [inProcess(241, '(total) memory limit exceeded'), true],
    [inProcess(241, 'Query memory limit exceeded: would use 2.00 GiB'), false],
    [overHttp('60', 'Unknown table socket hang up'), false],
    [overHttp('27', 'Cannot parse input'), false],
    [overHttp('243', 'Cannot reserve, not enough space'), false],
    [new TypeError('undefined is not a function'), false],
  ])('whether it passes (%#)', (error, passes) => expect(isPassing(error)).toBe(passes))

  it.each<[unknown, string, StoreError['code']]>([
    [socket('ECONNREFUSED'), 'query', 'unavailable'],
    [overHttp('243', 'Cannot reserve 1.00 MiB, not enough space'), 'insert into posts', 'disk_full'],
    [
      inProcess(75, 'Cannot write to file, errno: 28, strerror: No space left on device'),
      'insert into posts',
      'disk_full',
    ],
    [overHttp('27', 'Cannot parse input'), 'insert into posts', 'invalid_value'],
    [overHttp('27', 'Cannot parse input'), 'query', 'query_failed'],
    [overHttp('516', 'Authentication failed'), 'query', 'query_failed'],
    [overHttp('60', 'Unknown table'), 'insert into posts', 'query_failed'],
    ['thrown as a string', 'query', 'query_failed'],
  ])('the port says it with a code and its cause (%#)', (error, doing, code) => {
    const said = toStoreError(error, doing, '/data')
    expect(said.code).toBe(code)
    expect(said.message).toContain(doing)
    expect(said.cause).toBeInstanceOf(Error)
  })

  it('is said once: an error of the port stays what it is', () => {
    const error = new StoreError('in_use', 'x')
    expect(toStoreError(error, 'query', '/data')).toBe(error)
  })

  it('names column and row, and never quotes pages of rows', () => {
    const message = `Cannot parse input: (while reading the value of key score): (at row 17)\n: \nRow 1:\n${'text '.repeat(9_000)}`
    const said = toStoreError(inProcess(27, message), 'insert into posts', '/data')
    expect(said.message).toMatch(/^insert into posts, column score, row 17 of its piece: /)
    expect(said.message.length).toBeLessThan(400)
  })
})
