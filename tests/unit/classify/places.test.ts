import { describe, expect, it } from 'vitest'
import { createPlaceFinder } from '../../../classify/places/find.ts'
import { resolveHint } from '../../../classify/places/hint.ts'

const findPlaces = createPlaceFinder()

/** text, then the places it names: a county stands right behind its state. */
const TABLE: readonly (readonly [string, string])[] = [
  ['Long lines in Arizona this morning', 'AZ'],
  ['long lines in arizona this morning', 'AZ'],
  ['Counting goes on in West Virginia', 'WV'],
  ['Counting goes on in Virginia', 'VA'],
  ['North Carolina and South Carolina close at 7:30', 'NC SC'],
  ['Polls are open in New Hampshire, Vermont, and Maine', 'NH VT ME'],
  ["Georgia's recount starts on Friday", 'GA'],
  ['Protests in Tbilisi as Georgia counts its vote', ''],
  ['Georgia the country voted on Saturday', ''],
  ['The Republic of Georgia held an election', ''],
  ['The New York Times called it early', ''],
  ['The New York Post called it early', ''],
  ['Voters in New York waited', 'NY'],
  ['NYC scanners jammed again', 'NY'],
  ['Washington spoke to reporters about the vote', ''],
  ['Ballots are mailed in Washington state', 'WA'],
  ['Turnout in Washington DC was high', 'DC'],
  ['Turnout in Washington, D.C. was high', 'DC'],
  ['Oregon, Washington, and Idaho vote by mail', 'OR WA ID'],
  ['The Washington Post has a fact check', ''],
  ['Seattle, Washington counts for days', 'WA 53033'],
  ['Poll workers in Phoenix, AZ ran out of toner', 'AZ 04013'],
  ['Poll workers in Phoenix, Ariz. ran out of toner', 'AZ 04013'],
  ['Joaquin Phoenix won an award', ''],
  ['Dallas Keuchel pitched', ''],
  ['Lines in Dallas are short', 'TX 48113'],
  ['Whitney Houston sang', ''],
  ['Machines are down in Houston', 'TX 48201'],
  ['Jackson gave a speech about voting', ''],
  ['Polls in Jackson, MS opened late', 'MS 28049'],
  ['Lincoln freed the slaves', ''],
  ['Polls in Lincoln, Nebraska opened late', 'NE 31109'],
  ['Maricopa County printers failed', 'AZ 04013'],
  ['#MaricopaCounty printers failed', 'AZ 04013'],
  ['#maricopacounty printers failed', 'AZ 04013'],
  ['They still count in Maricopa', 'AZ 04013'],
  ['Orange County, CA counts slowly', 'CA 06059'],
  ['Orange County, Florida counts slowly', 'FL 12095'],
  ['Orange County counts slowly', ''],
  ["Florida's Orange County counts slowly", 'FL 12095'],
  ['Fulton County stopped for the night', 'GA 13121'],
  ['Fulton County, Georgia stopped for the night', 'GA 13121'],
  ['In Georgia they wait. Fulton County stopped for the night.', 'GA 13121'],
  ['Orleans Parish opened late', 'LA 22071'],
  ['Pima and Maricopa counties are done', 'AZ 04019 04013'],
  ['Miami-Dade is done', 'FL 12086'],
  ['Philly is still counting', 'PA 42101'],
  ['Philadelphia is still counting', 'PA 42101'],
  ['Detroit is still counting', 'MI 26163'],
  ['Milwaukee is still counting', 'WI 55079'],
  ['Las Vegas is still counting', 'NV 32003'],
  ['Scanners broke in Brooklyn', 'NY 36047'],
  ['Kansas City waits for results', 'MO'],
  ['Kansas City, Kansas waits for results', 'KS 20209'],
  ['Baltimore, MD voted', 'MD 24510'],
  ['Baltimore County, MD voted', 'MD 24005'],
  ['Richmond, VA voted', 'VA 51760'],
  ['Results in PA are late', 'PA'],
  ['AZ, GA and WI are close', 'AZ GA WI'],
  ['AZ, OR, WA vote by mail', 'AZ OR WA'],
  ['Vote for me IN person OR by mail', ''],
  ['OH no, the line is long', ''],
  ['Is that OK with ME? HI there', ''],
  ['Bring your ID to the polls', ''],
  ['The rifle was an AR-15', ''],
  ['#AZ is not over', 'AZ'],
  ['#Georgia #runoff', 'GA'],
  ['#GeorgiaRunoff is on', 'GA'],
  ['#AZsenate is close', 'AZ'],
  ['#NE02 is called', 'NE'],
  ['#txlege meets', 'TX'],
  ['#oregonvotes', 'OR'],
  ['#NorthCarolina is close', 'NC'],
  ['#TurnTexasBlue', 'TX'],
  ['#IN #OR #ME', ''],
  ['Pennsylvanians waited for days', 'PA'],
  ['Indiana Jones is on', ''],
  ['Indiana is called', 'IN'],
  ['Joe Montana threw it', ''],
  ['The Kentucky Derby is on', 'KY'],
  ['Uncounted ballots in Puerto Rico', 'PR'],
  ['Miami stopped counting', 'FL 12086'],
  ['Springfield voted', ''],
  ['Springfield, Illinois voted', 'IL 17167'],
  ['She told @Arizona about https://example.org/Georgia today', ''],
  ['Nobody named any place here', ''],
]

describe('places named in a text', () => {
  it.each(TABLE)('%s', (text, places) => {
    expect(findPlaces(text).join(' ')).toBe(places)
  })

  it('never gives the nation', () => {
    expect(findPlaces('Across the United States of America, in the USA and the US')).toEqual([])
  })

  it("gives a county's state with it, once", () => {
    expect(findPlaces('Arizona: Maricopa County, Pima County, AZ')).toEqual(['AZ', '04013', '04019'])
  })
})

describe("a source's place hint", () => {
  it.each([
    ['NJ', 'NJ'],
    ['New Jersey', 'NJ'],
    ['Phoenix, AZ', '04013'],
    ['Maricopa County, Arizona', '04013'],
    ['New Orleans, Louisiana, USA', '22071'],
    ['Washington, DC', 'DC'],
    ['United States', 'US'],
    ['New York, NY', 'NY'],
    ['SD', 'SD'],
    ['Moscow, ID', '16057'],
    ['Philadelphia', '42101'],
    ['A small town, Ohio', 'OH'],
  ])('%s is %s', (hint, place) => {
    expect(resolveHint(hint)).toBe(place)
  })

  it.each([
    'NSW',
    'ENG',
    'ON',
    'Karachi, SD',
    'Perth, WA',
    'Amsterdam, NH',
    'London',
    'Orange County',
    'the moon',
    '',
    ' , ',
    'x'.repeat(200),
  ])('%s is nowhere in the United States', (hint) => {
    expect(resolveHint(hint)).toBeNull()
  })
})
