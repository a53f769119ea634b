/** What tables do not say of place names: other names, and where a name is something else. All in lower case. */

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '))
}

function phrases(text: string): readonly string[] {
  return text.split(', ')
}

/** Words before which a state's name is part of another name: `New York Times`, `Indiana Jones`. */
export const STATE_NOT_BEFORE: Readonly<Record<string, ReadonlySet<string>>> = {
  'new york': words('times post magazine observer yankees mets giants jets knicks rangers islanders daily'),
  virginia: words('woolf foxx thomas giuffre roberts beach'),
  indiana: words('jones pacers'),
  tennessee: words('williams titans'),
  georgia: words("o'keeffe toffolo meloni stanway"),
  kansas: words('city'),
  oklahoma: words('city'),
  iowa: words('city'),
  texas: words('rangers'),
  florida: words('georgia'),
  delaware: words('county'),
  wyoming: words('county'),
  nevada: words('county city'),
  ohio: words('county'),
  oregon: words('county'),
  maine: words('coon'),
}

/** Words after which a state's name is part of another name: `Joe Montana`. */
export const STATE_NOT_AFTER: Readonly<Record<string, ReadonlySet<string>>> = {
  montana: words('joe hannah tony french'),
  georgia: words('republic'),
  'virgin islands': words('british'),
  mexico: words('of'),
}

/** Any of these in a text makes its "Georgia" the country. */
export const GEORGIA_COUNTRY: readonly string[] = phrases(
  'tbilisi, saakashvili, caucasus, ossetia, abkhazia, ivanishvili, zourabichvili, kobakhidze, gakharia, batumi, ' +
    'kavelashvili, georgia the country, country of georgia, republic of georgia, georgian dream',
)

/** People of a state: name it as surely as its name does. */
export const DEMONYMS: Readonly<Record<string, string>> = {
  arizonans: 'AZ',
  alaskans: 'AK',
  arkansans: 'AR',
  californians: 'CA',
  coloradans: 'CO',
  floridians: 'FL',
  georgians: 'GA',
  hoosiers: 'IN',
  iowans: 'IA',
  kansans: 'KS',
  kentuckians: 'KY',
  mainers: 'ME',
  marylanders: 'MD',
  michiganders: 'MI',
  minnesotans: 'MN',
  mississippians: 'MS',
  missourians: 'MO',
  montanans: 'MT',
  nebraskans: 'NE',
  nevadans: 'NV',
  'new yorkers': 'NY',
  'north carolinians': 'NC',
  ohioans: 'OH',
  oklahomans: 'OK',
  oregonians: 'OR',
  pennsylvanians: 'PA',
  'south carolinians': 'SC',
  tennesseans: 'TN',
  texans: 'TX',
  utahns: 'UT',
  vermonters: 'VT',
  virginians: 'VA',
  'west virginians': 'WV',
  washingtonians: 'WA',
  wisconsinites: 'WI',
  'puerto ricans': 'PR',
}

/** Other names of states. */
export const STATE_ALIASES: Readonly<Record<string, string>> = {
  'washington state': 'WA',
  'state of washington': 'WA',
  'washington dc': 'DC',
  'washington d.c': 'DC',
  'd.c': 'DC',
  'eastern washington': 'WA',
  'western washington': 'WA',
  'commonwealth of virginia': 'VA',
  'state of georgia': 'GA',
  'n carolina': 'NC',
  'n. carolina': 'NC',
  's carolina': 'SC',
  's. carolina': 'SC',
  'n dakota': 'ND',
  's dakota': 'SD',
  'w virginia': 'WV',
  'w. virginia': 'WV',
  'south jersey': 'NJ',
  'north jersey': 'NJ',
  socal: 'CA',
  norcal: 'CA',
  'n.y': 'NY',
  'n.j': 'NJ',
  'n.c': 'NC',
  's.c': 'SC',
  'n.h': 'NH',
  'n.m': 'NM',
  'r.i': 'RI',
  'w.va': 'WV',
  'virgin islands': 'VI',
  'us virgin islands': 'VI',
  'u.s. virgin islands': 'VI',
  'u.s virgin islands': 'VI',
  "hawai'i": 'HI',
  nys: 'NY',
  'new york state': 'NY',
  'upstate new york': 'NY',
  'upstate ny': 'NY',
  'central valley': 'CA',
  'northern virginia': 'VA',
  'cape cod': 'MA',
  'the keystone state': 'PA',
  'the peach state': 'GA',
  'the sunshine state': 'FL',
  'the lone star state': 'TX',
  'the buckeye state': 'OH',
  'the badger state': 'WI',
  flordia: 'FL',
  arizonia: 'AZ',
  pensylvannia: 'PA',
  pennslyvannia: 'PA',
  michagan: 'MI',
  wsiconsin: 'WI',
  wiscosin: 'WI',
  minnisota: 'MN',
  massachusets: 'MA',
  massachussetts: 'MA',
  tennesee: 'TN',
  conneticut: 'CT',
  louisianna: 'LA',
  missisippi: 'MS',
  wisconson: 'WI',
  pennslyvania: 'PA',
  pensylvania: 'PA',
  pennsylvannia: 'PA',
}

/** The Associated Press' abbreviations, which stand after a city and a comma and end with a full stop. */
export const PRESS_ABBREVIATIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ala: 'AL',
    ariz: 'AZ',
    ark: 'AR',
    calif: 'CA',
    colo: 'CO',
    conn: 'CT',
    del: 'DE',
    fla: 'FL',
    ga: 'GA',
    ill: 'IL',
    ind: 'IN',
    kan: 'KS',
    ky: 'KY',
    la: 'LA',
    md: 'MD',
    mass: 'MA',
    mich: 'MI',
    minn: 'MN',
    miss: 'MS',
    mo: 'MO',
    mont: 'MT',
    neb: 'NE',
    nev: 'NV',
    okla: 'OK',
    ore: 'OR',
    pa: 'PA',
    penn: 'PA',
    tenn: 'TN',
    tex: 'TX',
    vt: 'VT',
    va: 'VA',
    wash: 'WA',
    wis: 'WI',
    wisc: 'WI',
    wyo: 'WY',
  }),
)

/** Cities, boroughs and other names that are known without their state: 'state/county', or 'state/' for no one county. */
export const CITY_ALIASES: Readonly<Record<string, string>> = {
  philly: 'PA/101',
  philadephia: 'PA/101',
  philedelphia: 'PA/101',
  nola: 'LA/071',
  vegas: 'NV/003',
  nyc: 'NY/',
  'new york city': 'NY/',
  'new york': 'NY/',
  brooklyn: 'NY/047',
  'staten island': 'NY/085',
  'the bronx': 'NY/005',
  'kansas city': 'MO/',
  atl: 'GA/121',
  'st louis': 'MO/510',
  'st. louis': 'MO/510',
  'saint louis': 'MO/510',
  'st paul': 'MN/123',
  'st. paul': 'MN/123',
  'lower manhattan': 'NY/061',
  'downtown la': 'CA/037',
  'salt lake': 'UT/035',
  'ft lauderdale': 'FL/011',
  'ft. lauderdale': 'FL/011',
  'ft worth': 'TX/439',
  'ft. worth': 'TX/439',
  'miami beach': 'FL/086',
  'boro park': 'NY/047',
  williamsburg: 'NY/047',
  greenpoint: 'NY/047',
  'canoga park': 'CA/037',
  'green bay': 'WI/009',
  'ann arbor': 'MI/161',
  lansing: 'MI/065',
  kalamazoo: 'MI/077',
  dearborn: 'MI/163',
  scranton: 'PA/069',
  'wilkes-barre': 'PA/079',
  harrisburg: 'PA/043',
  kenosha: 'WI/059',
  waukesha: 'WI/133',
  flagstaff: 'AZ/005',
  tallahassee: 'FL/073',
  asheville: 'NC/021',
  marietta: 'GA/067',
  'carson city': 'NV/510',
  'miami dade': 'FL/086',
  rva: 'VA/760',
  phx: 'AZ/013',
  pdx: 'OR/051',
  abq: 'NM/001',
  slc: 'UT/035',
  mke: 'WI/079',
  stl: 'MO/510',
  pgh: 'PA/003',
  'chi-town': 'IL/031',
  chicagoland: 'IL/',
  dfw: 'TX/',
  kcmo: 'MO/',
  harlem: 'NY/061',
  'long island': 'NY/',
  'bay area': 'CA/',
  'inland empire': 'CA/',
  'hampton roads': 'VA/',
  'twin cities': 'MN/',
  'palm beach': 'FL/099',
  'beverly hills': 'CA/037',
}

/** Large cities whose name alone is the city. */
export const KNOWN_CITIES: readonly string[] = phrases(
  'tucson, scottsdale, tempe, little rock, los angeles, san diego, san francisco, fresno, sacramento, bakersfield, ' +
    'anaheim, san bernardino, chula vista, long beach, colorado springs, fort collins, new haven, miami, tampa, ' +
    'jacksonville, hialeah, fort lauderdale, west palm beach, atlanta, honolulu, boise, chicago, indianapolis, ' +
    'fort wayne, des moines, cedar rapids, wichita, topeka, louisville, new orleans, baton rouge, shreveport, ' +
    'baltimore, detroit, grand rapids, minneapolis, saint paul, omaha, las vegas, albuquerque, yonkers, raleigh, ' +
    'greensboro, winston-salem, cincinnati, toledo, akron, oklahoma city, tulsa, philadelphia, pittsburgh, allentown, ' +
    'sioux falls, nashville, knoxville, chattanooga, san antonio, fort worth, corpus christi, el paso, lubbock, ' +
    'amarillo, salt lake city, virginia beach, newport news, seattle, spokane, tacoma, milwaukee, anchorage',
)

/** Large cities whose name is also a person's, a thing's or another place's: taken where nothing speaks for that. */
export const DOUBTFUL_CITIES: readonly string[] = phrases(
  'phoenix, houston, dallas, austin, denver, boston, cleveland, columbus, buffalo, memphis, orlando, charlotte, ' +
    'portland, oakland, san jose, durham, henderson, savannah, hartford, reno, queens, manhattan',
)

/** Doubtful names that are taken only after `in`, `near`, `at`. */
export const ONLY_AFTER_PREPOSITION = words(
  'phoenix austin charlotte savannah durham henderson queens buffalo memphis manhattan hartford cleveland columbus reno orlando',
)

/** City names that are common words or names; they need their state right behind them. */
export const WORD_CITIES = words(
  'mobile surprise paradise enterprise independence hope orange ontario normal reading bath commerce eagle liberty ' +
    'temple mission champion concord union republic national industry freedom lincoln jackson washington clinton ' +
    'trump kennedy nixon johnson harris warren sanders taylor troy chandler gilbert mason marion kent cary apex ' +
    'allen tyler irving garland norman elizabeth victoria athens paris rome moscow london dublin manchester oxford ' +
    'cambridge naples florence venice warsaw jamaica lebanon cuba peru mexico norfolk bristol richmond lima salem ' +
    'hampton arlington euless cypress valencia cleveland sterling auburn aurora princeton stanford downtown midtown ' +
    'central eastern gary dale hamilton',
)

/** Words after which a name is a place. */
export const PLACE_PREPOSITIONS = words('in near at outside downtown around throughout across inside')

/** Words behind a city that speak for the city and not for a person. */
export const CITY_NOUNS = words(
  'police voters voter mayor polling precinct election elections suburb suburbs area metro county city officials ' +
    'residents ballots votes poll polls rally clerk precincts courthouse schools',
)

/** Words after which a two-letter code in capitals is a state. */
export const CODE_PREPOSITIONS = words(
  'in from across throughout near outside northern southern eastern western',
)

/** Codes that are also English words, or abbreviations as common as the state. */
export const WORD_CODES = words('in or me ok hi')
export const RISKY_CODES = words('oh la ma al de id co pr as vi mp gu ms ne sc md va ct nm')

/** Words behind a code in capitals that make even a risky one a state: `MA Republican primary`, `VA is blue`. */
export const CODE_NOUNS = words(
  'primary gubernatorial senate republican republicans democrat democrats democratic gop governor legislature ' +
    'legislators lawmakers voters election elections electors counties ballots secretary sos runoff recount statehouse',
)

/** Words before `MO`, a way of working, and `PR`, what one tells the public. */
export const NO_CODE_AFTER = words('their his her my your our its same the this that usual a own good bad')

/** Codes that in lower case are no words: `tx and fl`, `in az`. */
export const PLAIN_CODES = words(
  'az ca fl ga ia il ks ky mi mn mt nc nd nh nj nv ny pa ri sd tn tx ut vt wi wv wy wa',
)

/** What follows a state's code in the hashtags of its politics: `#AZsenate`, `#txlege`, `#ncpol`. */
export const TAG_ENDINGS = words(
  'senate sen gov governor pol politics poli leg lege legis runoff runoffs election elections vote votes voter ' +
    'voters primary recount audit ballot ballots sos dems gop house news fraud voterfraud electionfraud early counts ' +
    'counties voted results midterms hearing hearings',
)
