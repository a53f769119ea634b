/** Counties whose names need no state, and names of counties that no table has. */

/**
 * Counties that a name shared with others means when nothing else speaks: seven of ten of the people who live in
 * counties of that name, or more, live in this one (Census 2020), and it has 150,000 people or more. Erie is left out,
 * as Pennsylvania's is in the news of elections as often as New York's.
 */
export const LARGE_COUNTIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    albany: '36001',
    butte: '06007',
    camden: '34007',
    chatham: '13051',
    clark: '32003',
    cook: '17031',
    dade: '12086',
    dakota: '27037',
    dallas: '48113',
    davidson: '47037',
    dekalb: '13089',
    duval: '12031',
    escambia: '12033',
    fairfield: '09001',
    fulton: '13121',
    harris: '48201',
    hidalgo: '48215',
    hillsborough: '12057',
    kane: '17089',
    king: '53033',
    kings: '36047',
    leon: '12073',
    lucas: '39095',
    mecklenburg: '37119',
    nassau: '36059',
    osceola: '12097',
    pierce: '53053',
    ramsey: '27123',
    'santa cruz': '06087',
    sedgwick: '20173',
    seminole: '12117',
    'st. louis': '29189',
    'st louis': '29189',
    'saint louis': '29189',
    stark: '39151',
    summit: '39153',
    wayne: '26163',
    westmoreland: '42129',
    worcester: '25027',
    yuma: '04027',
  }),
)

/** Other names of counties, as they stand before "County". */
export const COUNTY_ALIASES: Readonly<Record<string, string>> = {
  dade: '12086',
  la: '06037',
  'l.a': '06037',
}

/**
 * Counties so often named without "County" that the name alone, with a capital, is the county: no large city, no
 * frequent surname and no other county has it.
 */
export const BARE_COUNTIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    antrim: '26009',
    ashtabula: '39007',
    bernalillo: '35001',
    broward: '12011',
    clackamas: '41005',
    cochise: '04003',
    coconino: '04005',
    cuyahoga: '39035',
    gwinnett: '13135',
    hennepin: '27053',
    lackawanna: '42069',
    luzerne: '42079',
    macomb: '26099',
    maricopa: '04013',
    'miami-dade': '12086',
    mohave: '04015',
    multnomah: '41051',
    ozaukee: '55089',
    pinellas: '12103',
    shiawassee: '26155',
    snohomish: '53061',
    tarrant: '48439',
    washoe: '32031',
    waukesha: '55133',
    westchester: '36119',
    yavapai: '04025',
    // Short forms.
    chesco: '42029',
    delco: '42045',
    montco: '42091',
  }),
)
