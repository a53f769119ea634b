/** Which place a name is: by what stands beside it, and by the states that the text names. */
import { STATE_CODES, stateOf } from '../../ingest/base/jurisdictions.ts'
import { stateName } from '../../ingest/base/states.ts'
import type { PlaceId } from '../contract.ts'
import type { CityPlace, NameEntry } from './gazetteer.ts'
import { CITY_NOUNS, PLACE_PREPOSITIONS } from './names.ts'
import type { PlaceToken, Words } from './scan.ts'

/** A name in the text, from word `from` up to word `to`. */
export interface Mention {
  from: number
  to: number
  entry: NameEntry
}

/** The words from `from` up to `to`, in lower case. */
export function nameOf(words: Words, from: number, to: number): string {
  let name = words.at(from)?.lower ?? ''
  for (let n = from + 1; n < to; n++) name += ` ${words.at(n)?.lower ?? ''}`
  return name
}

function isName(token: PlaceToken | undefined): boolean {
  return token !== undefined && token.case !== 'lower'
}

/** Known cities whose names in lower case are other words. */
const WEAK_LOWER: ReadonlySet<string> = new Set(['atl', 'miami', 'akron', 'tampa'])

function trustsCity(words: Words, mention: Mention, trust: string): boolean {
  const before = words.at(mention.from - 1)
  const after = words.at(mention.to)
  const first = words.at(mention.from)
  const named = isName(first) || first?.tag === true
  const behindPreposition =
    before !== undefined && first?.gap === 'blank' && PLACE_PREPOSITIONS.has(before.lower)
  const beforeNoun = after !== undefined && after.gap === 'blank' && CITY_NOUNS.has(after.lower)
  const beforeName = isName(after) && after?.gap === 'blank' && after.case === 'title' && !beforeNoun
  if (trust === 'known')
    return named || behindPreposition || mention.to - mention.from > 1 || !WEAK_LOWER.has(first?.lower ?? '')
  if (beforeName) return false
  if (trust === 'doubtful') {
    const afterName =
      isName(before) && before?.case === 'title' && first?.gap === 'blank' && !behindPreposition
    return behindPreposition || beforeNoun || (named && !afterName)
  }
  return trust === 'after-preposition' && (behindPreposition || beforeNoun)
}

const STATE_BY_NAME: ReadonlyMap<string, string> = new Map(
  STATE_CODES.map((code) => [(stateName(code) ?? '').toLowerCase(), code]),
)

/** The state that stands right behind a mention (`Phoenix, AZ`, `Orange County Florida`), or right before a county. */
function stateBeside(mentions: readonly Mention[], m: number, words: Words): string | null {
  const mention = mentions[m]!
  const after = mentions[m + 1]
  if (after?.entry.kind === 'state' && after.from === mention.to && words.at(after.from)?.gap !== 'other')
    return after.entry.state
  const before = mentions[m - 1]
  if (before?.entry.kind === 'state' && before.to === mention.from && words.at(mention.from)?.gap === 'blank')
    return before.entry.state
  return null
}

function resolveCounty(
  fips: readonly string[],
  beside: string | null,
  named: ReadonlySet<string>,
): string | null {
  if (fips.length === 1) return fips[0] ?? null
  const near = beside === null ? [] : fips.filter((code) => stateOf(code) === beside)
  const [only, ...others] = near.length > 0 ? near : fips.filter((code) => named.has(stateOf(code) ?? ''))
  return only !== undefined && others.length === 0 ? only : null
}

function resolveCity(
  entry: Extract<NameEntry, { kind: 'city' }>,
  beside: string | null,
  named: ReadonlySet<string>,
  trusted: boolean,
  looksNamed: boolean,
): CityPlace | null {
  const near = entry.places.find((place) => place.state === beside)
  if (near !== undefined) return near
  if (entry.trust === 'adjacent-state') return null
  const inNamed = entry.places.filter((place) => named.has(place.state))
  if (looksNamed && inNamed.length === 1 && (trusted || entry.trust === 'with-state'))
    return inNamed[0] ?? null
  return trusted ? (entry.places[0] ?? null) : null
}

/** The places of a text's mentions, in their order; ambiguous ones without context are left out. */
export function resolve(mentions: readonly Mention[], words: Words): PlaceId[] {
  const named = new Set<string>()
  for (const { entry } of mentions) if (entry.kind === 'state') named.add(entry.state)
  const found = new Set<PlaceId>()
  mentions.forEach((mention, m) => {
    const { entry } = mention
    if (entry.kind === 'state') {
      found.add(entry.state)
      return
    }
    const beside = stateBeside(mentions, m, words)
    if (entry.kind === 'county') {
      const county = resolveCounty(entry.fips, beside, named)
      if (county === null) {
        // `Texas County` with no state in the text: sooner a county in Texas than one of the two of that name.
        const state = STATE_BY_NAME.get(nameOf(words, mention.from, mention.to - 1))
        if (state !== undefined && state !== 'WA') found.add(state)
        return
      }
      found.add(stateOf(county) ?? 'US').add(county)
      return
    }
    const trusted = trustsCity(words, mention, entry.trust)
    const city = resolveCity(entry, beside, named, trusted, isName(words.at(mention.from)))
    if (city === null) return
    found.add(city.state)
    if (city.county !== null && city.state !== 'DC') found.add(city.county)
  })
  return [...found]
}
