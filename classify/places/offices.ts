/** Election offices: `the Maricopa recorder`, `Clark County registrar`, `Fulton elections board`. All in lower case. */
import type { Words } from './scan.ts'

/** Counties called by name alone, or ambiguous ones, resolve by what their office is called where only some states call it so. */
const TITLES: Readonly<Record<string, readonly string[]>> = {
  recorder: ['AZ'],
  // Virginia's are "general registrars", and New England's are of towns.
  registrar: ['CA', 'NV'],
  'supervisor of': ['FL'],
  canvassers: ['MI'],
  'board of canvassers': ['MI'],
  'elections administrator': ['TX'],
  auditor: ['WA', 'IA', 'MN', 'ND', 'SD'],
}

/** Words with which an office's name begins, right behind the county's. */
const OFFICE_HEADS: ReadonlySet<string> = new Set(['recorder', 'registrar', 'canvassers', 'auditor', 'clerk'])

/** What makes "election" or "elections" an office's name. */
const ELECTION_TAILS: ReadonlySet<string> = new Set(
  (
    'board office offices official officials director department division commission commissioner supervisor ' +
    'worker workers chief clerk staff administrator website headquarters'
  ).split(' '),
)

/** Words behind a county's bare name that speak for the county where it is one of `PLAIN_COUNTIES`. */
export const COUNTY_WORDS: ReadonlySet<string> = new Set(
  'voters officials ballots precincts tabulators commissioners supervisors results'.split(' '),
)

/** Words that may follow a county's bare name; the scanner looks out for them. */
export const OFFICE_WORDS: readonly string[] = [
  ...OFFICE_HEADS,
  ...COUNTY_WORDS,
  'elections',
  'election',
  'board',
  'supervisor',
]

/** Do the words from `at` on name an election office? */
export function isOffice(words: Words, at: number): boolean {
  const word = words.at(at)
  if (word === undefined || word.gap !== 'blank' || words.at(at - 1)?.stopped === true) return false
  if (OFFICE_HEADS.has(word.lower)) return true
  const next = words.at(at + 1)
  if (word.lower === 'elections' || word.lower === 'election')
    return next?.gap === 'blank' && ELECTION_TAILS.has(next.lower)
  // `Lee supervisor of elections`, `Wayne board of canvassers`.
  const last = words.at(at + 2)?.lower ?? ''
  return (
    (word.lower === 'supervisor' || word.lower === 'board') &&
    next?.lower === 'of' &&
    (last.startsWith('election') || last === 'canvassers' || last === 'registrars')
  )
}

/** States whose counties have the office that the words from `at` on name; null where it tells nothing. */
export function statesOfOffice(words: Words, at: number): readonly string[] | null {
  const one = words.at(at)?.lower ?? ''
  const two = `${one} ${words.at(at + 1)?.lower ?? ''}`
  const three = `${two} ${words.at(at + 2)?.lower ?? ''}`
  if (words.at(at)?.gap !== 'blank') return null
  return TITLES[three] ?? TITLES[two] ?? TITLES[one] ?? null
}

/** Counties whose bare name is no person's, no word and no large city's: `Westmoreland voters`. */
export const PLAIN_COUNTIES: ReadonlySet<string> = new Set(
  (
    'alachua allegheny anoka bexar brevard bucks chatham cobb cook dane dauphin dekalb denton dupage dutchess fairfax ' +
    'forsyth fulton genesee hillsborough ingham kern loudoun manatee mecklenburg nassau okaloosa onondaga oconto pasco ' +
    'passaic pima pinal placer pulaski rockland sarpy schuylkill sedgwick shasta solano stanislaus tulare ventura ' +
    'volusia wake washtenaw westmoreland winnebago'
  ).split(' '),
)

/** Counties whose names begin sentences as other words: `Will election officials …`, `Early election results`. */
export const WORD_COUNTIES: ReadonlySet<string> = new Set(
  (
    'will early real person republic price power union lake park grand liberty independence iron bay rich major young ' +
    'long wise sharp love noble cross cash hood hunt ray loving pleasants heard divide bond ford mobile mason stone ' +
    'rush hand day story bland craven treasure banks best bath rock forest valley prairie ocean gulf summit grant ' +
    'guard door centre bureau boundary assumption defiance converse crisp coal cotton barren clear big deer garden ' +
    'fountain granite atlantic pacific imperial canyon cascade mineral orange green brown white black clay case'
  ).split(' '),
)
