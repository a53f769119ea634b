import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkFor } from '../../../../classify/store/columns.ts'

describe('the check of a value against its column', () => {
  it.each<[string, unknown[], unknown[]]>([
    ['UInt8', [0, 255], [256, -1, 0.5, NaN, '1', null, undefined, true]],
    ['UInt32', [0, 4_294_967_295], [4_294_967_296, -1, Infinity]],
    ['Int32', [-2_147_483_648, 2_147_483_647], [2_147_483_648]],
    [
      'UInt64',
      [0, 2 ** 53 - 1, '0', '18446744073709551615', '00000000000000000001'],
      [2 ** 53, '-1', '18446744073709551616', '1e3', '', ' 1', 1n],
    ],
    [
      'Int64',
      [-1, '-9223372036854775808', '9223372036854775807'],
      ['9223372036854775808', '-9223372036854775809'],
    ],
    ['Float32', [0, -1.5, 1e300], [NaN, -Infinity, '1', null]],
    ['Bool', [true, false], [0, 'true', null]],
    ['String', ['', '\u0000', '🗳️'], [1, null, undefined, ['a'], {}, '\ud83d', '\udc00x']],
    ['LowCardinality(Nullable(String))', ['a', null], [undefined, 1]],
    [
      "DateTime64(3, 'UTC')",
      [0, -1, 1_604_448_000_123, Date.UTC(2299, 0)],
      [0.5, '2020-11-04', Date.UTC(2300, 0), -1e15, NaN, null],
    ],
    ["Nullable(DateTime64(3, 'UTC'))", [null, 5], ['5']],
    ['Array(LowCardinality(String))', [[], ['a', 'b']], ['a', null, ['a', 1], [undefined]]],
    ['Array(Array(UInt8))', [[[1], []]], [[[256]], [1]]],
    [
      'Map(LowCardinality(String), Float32)',
      [{}, { a: 1 }],
      [null, [], 'a', { a: '1' }, { a: NaN }, { '\ud83d': 1 }],
    ],
    ['Map(String, Map(String, UInt8))', [{ a: { b: 1 } }], [{ a: 1 }, { a: { b: 300 } }]],
  ])('%s', (type, fitting, others) => {
    const check = checkFor(type)
    expect(fitting.filter((value) => check(value) !== null)).toEqual([])
    expect(others.filter((value) => check(value) === null)).toEqual([])
  })

  it('leaves a type that it does not know to the engine, but never sends undefined', () => {
    expect(checkFor("Enum8('a' = 1)")('b')).toBeNull()
    expect(checkFor('UUID')(undefined)).toEqual(expect.any(String))
  })

  it('agrees with exact arithmetic about every 64-bit integer', () => {
    const check = checkFor('UInt64')
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }), (value) => {
        expect(check(String(value)) === null).toBe(value >= 0n && value < 2n ** 64n)
      }),
    )
  })

  it('never says a whole text', () => {
    expect(checkFor('UInt32')('secret '.repeat(1_000))!.length).toBeLessThan(100)
  })
})
