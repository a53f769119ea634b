/** How well found places agree with those that texts name. */
import type { FindPlaces } from '../../../classify/places/find.ts'

export interface NamedPlaces {
  text: string
  /** Postal codes and FIPS codes of counties, each county with its state. */
  places: readonly string[]
}

interface Agreement {
  precision: number
  recall: number
}

export interface PlaceQuality {
  states: Agreement
  counties: Agreement
  /** A line for each text whose places differ. */
  misses: string[]
}

const STATE_LENGTH = 2

function agreement(rows: readonly { real: readonly string[]; found: readonly string[] }[]): Agreement {
  let hits = 0
  let given = 0
  let wanted = 0
  for (const { real, found } of rows) {
    hits += found.filter((place) => real.includes(place)).length
    given += found.length
    wanted += real.length
  }
  return { precision: hits / given, recall: hits / wanted }
}

/** Counts over all texts together, states apart from counties. */
export function comparePlaces(table: readonly NamedPlaces[], findPlaces: FindPlaces): PlaceQuality {
  const rows = table.map(({ text, places }) => ({ text, real: places, found: findPlaces(text) }))
  const only = (isState: boolean) =>
    rows.map(({ real, found }) => ({
      real: real.filter((place) => (place.length === STATE_LENGTH) === isState),
      found: found.filter((place) => (place.length === STATE_LENGTH) === isState),
    }))
  return {
    states: agreement(only(true)),
    counties: agreement(only(false)),
    misses: rows
      .filter(({ real, found }) => real.toSorted().join(' ') !== found.toSorted().join(' '))
      .map(({ text, real, found }) => `${text}\n    names ${real.join(' ')}; found ${found.join(' ')}`),
  }
}
