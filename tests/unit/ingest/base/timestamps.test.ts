import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTimestamp } from '../../../../ingest/base/timestamps.ts'

const NIGHT = Date.UTC(2020, 10, 4, 5, 45, 0)

describe('parseTimestamp', () => {
  it.each([
    ['2020-11-04T05:45:00Z'],
    ['2020-11-04T05:45:00.000Z'],
    ['2020-11-04 05:45:00'],
    ['2020-11-04T05:45'],
    ['2020-11-04T00:45:00-05:00'],
    ['2020-11-04T11:15:00+0530'],
    ['2020-11-04 05:45:00 UTC'],
    [' 2020-11-04T05:45:00Z '],
    ['Wed Nov 04 05:45:00 +0000 2020'],
    ['Wed, 04 Nov 2020 05:45:00 +0000'],
    ['4 Nov 2020 00:45:00 EST'],
    // As RSS has it, by RFC 822: the year with two digits; and as RFC 2822 still allows.
    ['Wed, 04 Nov 20 05:45:00 GMT'],
    ['Wed, 4 Nov 2020 5:45:00 +0000'],
    ['Wed, 04 Nov 2020 00:45:00 -05:00'],
    [1_604_468_700],
    [1_604_468_700_000],
    [1_604_468_700_000_000],
    ['1604468700'],
    ['1604468700000'],
  ])('reads %j as the same moment', (value) => {
    expect(parseTimestamp(value)).toBe(NIGHT)
  })

  it('keeps fractions to the millisecond', () => {
    expect(parseTimestamp('2020-11-04T05:45:00.1239Z')).toBe(NIGHT + 123)
    expect(parseTimestamp(1_604_468_700.5)).toBe(NIGHT + 500)
  })

  it('reads the commonest form as Date does, whatever came before', () => {
    const day = fc.tuple(
      fc.integer({ min: 1900, max: 2099 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
    )
    const time = fc.tuple(
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 59 }),
      fc.integer({ min: 0, max: 59 }),
    )
    const fraction = fc.stringMatching(/^(?:\.\d{1,9})?$/)
    const two = (part: number) => String(part).padStart(2, '0')
    fc.assert(
      fc.property(
        day,
        fc.array(fc.tuple(time, fraction), { minLength: 1, maxLength: 3 }),
        (date, moments) => {
          for (const [parts, rest] of moments) {
            const text = `${date.map(two).join('-')}T${parts.map(two).join(':')}${rest}Z`
            expect(parseTimestamp(text)).toBe(Date.parse(text))
          }
        },
      ),
    )
  })

  it('reads a day without an hour as its beginning in UTC', () => {
    expect(parseTimestamp('2020-11-04')).toBe(Date.UTC(2020, 10, 4))
  })

  it('reads 1970 and 2099, which others may doubt', () => {
    expect(parseTimestamp(0)).toBe(0)
    expect(parseTimestamp('2099-01-01T00:00:00Z')).toBe(Date.UTC(2099, 0, 1))
  })

  it.each([
    ['yesterday evening'],
    ['2020'],
    ['2021-02-29'],
    ['2020-11-31T00:00:00Z'],
    ['2020-13-01'],
    ['2020-11-04T25:00:00Z'],
    ['11/04/2020 05:45'],
    ['Wed Foo 04 05:45:00 +0000 2020'],
    [''],
    [null],
    [undefined],
    [true],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
  ])('does not guess at %j', (value) => {
    expect(parseTimestamp(value)).toBeNull()
  })
})
