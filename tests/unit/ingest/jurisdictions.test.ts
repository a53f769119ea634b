import { describe, expect, it } from 'vitest'
import {
  countiesOf,
  countyOf,
  isPlaceId,
  NATIONAL_STATE_CODES,
  ocdId,
  placeName,
  STATE_CODES,
  stateFips,
  stateOf,
} from '../../../ingest/base/jurisdictions.ts'

describe('jurisdictions', () => {
  it('count 51 nationally, and the territories beside them', () => {
    expect(NATIONAL_STATE_CODES).toHaveLength(51)
    expect(STATE_CODES).toHaveLength(56)
    expect(new Set(STATE_CODES).size).toBe(56)
  })

  it('have every county and equivalent', () => {
    expect(STATE_CODES.flatMap((code) => countiesOf(code))).toHaveLength(3231)
    expect(countiesOf('TX')).toHaveLength(254)
    expect(countiesOf('XX')).toEqual([])
  })

  it.each([
    ['US', 'United States', 'ocd-division/country:us'],
    ['AZ', 'Arizona', 'ocd-division/country:us/state:az'],
    ['04013', 'Maricopa County, AZ', 'ocd-division/country:us/state:az/county:maricopa'],
    ['22071', 'Orleans Parish, LA', 'ocd-division/country:us/state:la/parish:orleans'],
    ['02068', 'Denali Borough, AK', 'ocd-division/country:us/state:ak/borough:denali'],
    ['02050', 'Bethel Census Area, AK', 'ocd-division/country:us/state:ak/censusarea:bethel'],
    ['51760', 'Richmond, VA', 'ocd-division/country:us/state:va/place:richmond'],
    ['51159', 'Richmond County, VA', 'ocd-division/country:us/state:va/county:richmond'],
    ['24033', "Prince George's County, MD", 'ocd-division/country:us/state:md/county:prince_george~s'],
    ['DC', 'District of Columbia', 'ocd-division/country:us/district:dc'],
    ['PR', 'Puerto Rico', 'ocd-division/country:us/territory:pr'],
  ])('%s is %s', (id, name, ocd) => {
    expect(placeName(id)).toBe(name)
    expect(ocdId(id)).toBe(ocd)
    expect(isPlaceId(id)).toBe(true)
  })

  it('give every county an id of its own', () => {
    const ids = STATE_CODES.filter((code) => code !== 'DC')
      .flatMap((code) => countiesOf(code))
      .map((county) => ocdId(county.fips))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).not.toContain(null)
  })

  it('know what is not a place', () => {
    for (const id of ['ZZ', 'az', '99999', '04', '', 'usa']) {
      expect(isPlaceId(id)).toBe(false)
      expect(ocdId(id)).toBeNull()
      expect(stateOf(id)).toBeNull()
    }
    expect(placeName('99999')).toBe('99999')
    expect(countyOf('99999')).toBeNull()
  })

  it('know the state of a place', () => {
    expect(stateOf('04013')).toBe('AZ')
    expect(stateOf('AZ')).toBe('AZ')
    expect(stateOf('US')).toBeNull()
    expect(stateFips('AZ')).toBe('04')
    expect(() => stateFips('ZZ')).toThrow(RangeError)
  })
})
