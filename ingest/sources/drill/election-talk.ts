/** Ordinary talk about the election: results, lines, pride, how to vote, the work of an office. It claims nothing. */
import type { Grammar } from './grammar.ts'

export const ELECTION_GRAMMAR: Grammar = {
  race: [
    'the governor’s race',
    'the Senate race',
    'the school board race',
    'the mayor’s race',
    'the House race',
    'the county commission race',
    'the sheriff’s race',
    'the treasurer’s race',
    'ballot measure 4',
    'the library levy',
    'the bond question',
    'the judge retention vote',
  ],
  pct: ['3', '8', '11', '17', '24', '32', '39', '46', '51', '58', '63', '71', '78', '84', '91', '96'],
  many: [
    '1,240',
    '3,900',
    '7,415',
    '12,300',
    '18,050',
    '26,700',
    '41,200',
    '55,860',
    '73,400',
    '98,000',
    '120,500',
  ],
  who: [
    'my mom',
    'my son',
    'my grandfather',
    'my roommate',
    'my neighbour',
    'my daughter',
    'my wife',
    'my husband',
    'my whole street',
    'my best friend',
  ],
  spot: [
    'the library',
    'the fire station',
    'the high school gym',
    'the church hall',
    'the community centre',
    'the town hall',
    'the rec centre',
    'the middle school',
  ],
  snack: ['coffee', 'donuts', 'hot cider', 'cookies', 'pizza', 'tacos', 'soup'],
  wait: [
    'no line at all',
    'a ten-minute wait',
    'a short line',
    'twenty minutes in line',
    'in and out in five minutes',
    'a friendly line',
  ],
  feel: ['proud', 'nervous', 'hopeful', 'tired but proud', 'excited', 'calm', 'so glad'],
  screen: ['the county page', 'the results page', 'the state site', 'the TV', 'the radio', 'the map'],
  hour: ['7', '8', '9', '10', '11'],
}

/** Said by anybody. `{in}` is a place or nothing. */
export const ELECTION_TALK: readonly string[] = [
  'Voted{in} at {spot}, {wait}, feeling {feel}',
  'I voted! First time with {who}, so {feel}',
  '{who} voted for the first time today{in} and wore the sticker all day',
  'Polls close at {hour}{in}. If you are in line, stay in line',
  'Just dropped my ballot at {spot}{in}. Takes two minutes, go',
  'Thank you to the poll workers at {spot}{in}, {wait} and {snack} too',
  'Someone brought {snack} to the polling place{in}, democracy tastes great',
  'Refreshing {screen} every minute for {race}{in}, send {snack}',
  '{pct}% in for {race}{in}, still early',
  'With {pct} percent counted, {race}{in} is too close to call for me',
  '{race}{in} is tighter than I thought, {pct}% reporting',
  'Big turnout{in}: {many} ballots already by the afternoon',
  'They say turnout{in} is near {pct}%, I am {feel}',
  'Counting takes time and that is fine. {race} can wait until tomorrow',
  'Going to bed with {pct}% in. {race} will be there in the morning',
  'Where do I vote{in} if I moved last month? Asking for {who}',
  'Does the polling place at {spot}{in} close at {hour}?',
  'Reminder: check your polling place, bring what your state asks for, and vote',
  'You can track your mail ballot{in} on the state site, {who} just did',
  'Worked the polls{in} since 5 am. {many} steps, {feel}, good night',
  'Canvassed with {who} all weekend for {race}, now we wait',
  'Watch party at our place, {snack} and {race} on the big screen',
  'The map is filling in, {race}{in} moved a little with the last batch',
  'Next batch of early votes{in} drops at {hour}, about {many} ballots',
  'Still {many} mail ballots to count{in}, so nobody knows yet',
  'My precinct{in} had a new ballot design, easy to read',
  'Congrats to everybody who ran for {race}{in}, that takes courage',
  'Concession speech in {race} was gracious, I am {feel}',
  'Election night bingo: {snack}, {race}, a touch screen that a host cannot work',
  '{who} and I cancelled each other out on {race} and then shared {snack}',
]

/** Said by news desks: results and how the night goes. */
export const ELECTION_NEWS: readonly string[] = [
  'Results: {pct}% of precincts reporting{in} in {race}',
  'Polls have closed{in}. First results are expected after {hour}',
  '{race}{in}: {many} ballots counted so far, {pct}% of the expected vote',
  'Officials{in} expect to release about {many} more early votes tonight',
  'Turnout{in} reached {pct}%, the election office says',
  'What to watch in {race}{in} as the count goes on',
  'LIVE: results map for {race}, updated every few minutes',
  'Recount rules{in}, explained: when a margin triggers one in {race}',
]

/** Said by election offices. */
export const ELECTION_OFFICE: readonly string[] = [
  'Unofficial results for {race}{in} are on our website. Next update at {hour} PM',
  'We have counted {many} ballots{in} so far. Canvass begins next week',
  'Polls{in} close at {hour} PM. Voters in line by then will be able to vote',
  'Thank you to our {many} poll workers and volunteers{in}',
  'You can check that your mail ballot{in} was received on our website',
]

export const ELECTION_SPANISH_GRAMMAR: Grammar = {
  ...ELECTION_GRAMMAR,
  carrera: ['la gobernación', 'el Senado', 'la alcaldía', 'la junta escolar', 'la medida 4'],
  lugar: ['la biblioteca', 'la escuela', 'la iglesia', 'el centro comunitario'],
  familia: ['mi mamá', 'mi hijo', 'mi abuela', 'mi prima', 'toda mi familia'],
}

export const ELECTION_SPANISH: readonly string[] = [
  'Ya voté en {lugar}, {familia} también, qué orgullo',
  'Van {pct}% de las casillas para {carrera}, todavía falta mucho',
  '¿A qué hora cierran las urnas? {familia} sale del trabajo a las {hour}',
  'Gracias a quienes trabajan hoy en {lugar} para que podamos votar',
  'Esperando los resultados de {carrera} con {familia}',
]
