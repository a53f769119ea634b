/**
 * Sentences of our own for what found posts hold too little of: the same claim asserted, denied, reported and asked
 * about, so that the frame and not the claim decides the stance; and machines that are no voting machines.
 */
import type { Narrative, Stance } from '../contract.ts'
import type { Labelled } from './data.ts'

const CLAIMS: readonly (readonly [Narrative, string])[] = [
  ['results_manipulated', 'Dominion machines switched votes'],
  ['results_manipulated', 'the voting machines were hacked'],
  ['results_manipulated', 'the election was stolen'],
  ['results_manipulated', 'the count was rigged overnight'],
  ['results_manipulated', 'software flipped thousands of votes'],
  ['votes_not_counted', 'sharpies invalidated ballots'],
  ['votes_not_counted', 'thousands of ballots were thrown out'],
  ['votes_not_counted', 'mail ballots were found in a dumpster'],
  ['votes_not_counted', 'provisional votes were never counted'],
  ['votes_not_counted', 'military ballots were destroyed'],
  ['machine_failure', 'the tabulators broke down across the county'],
  ['machine_failure', 'the ballot scanners are jammed'],
  ['ballot_fraud', 'dead people voted'],
  ['ballot_fraud', 'truckloads of fake ballots were dumped'],
  ['voting_obstructed', 'voters were turned away at the polls'],
]

const FRAMES: Readonly<Record<Exclude<Stance, 'unrelated'>, readonly string[]>> = {
  asserts: [
    'I am telling you, *',
    'So * and nobody says a word',
    'They will not admit it but *',
    'Wake up: *',
    '* and we all saw it',
    'Unbelievable, *',
    '*!!! Share before they delete this',
    'Everybody knows * by now',
  ],
  debunks: [
    'Fact check: there is no evidence that *',
    'No, it is not true that *',
    'The claim that * is false',
    'Officials have debunked the rumor that *',
    'It is a lie that *',
    'Stop spreading the myth that *',
    'An audit found no sign that *',
    'The story that * has been proven wrong',
    'Courts threw out the baseless claim that *',
    'Contrary to what you read, nobody showed that *: it is misinformation',
    'False: *. The county has explained it.',
  ],
  reports: [
    'Lawsuit alleges that *',
    'The campaign claims that *, officials respond',
    'County officials investigate reports that *',
    'A judge will hear the complaint that *, according to AP',
    'State senators ask whether *, local news reports',
  ],
  questions: [
    'Does anybody know whether *?',
    'Is it confirmed that *? Source please',
    'I heard that *, is that true?',
  ],
}

const FRAMED = ['asserts', 'debunks', 'reports', 'questions'] as const

const NEAR_MISSES: readonly string[] = [
  'The coffee machine in the office is broken again',
  'The vending machine ate my dollar',
  'Our washing machine broke down',
  'The ticket machine at the station is down',
  'My sewing machine is jammed',
  'The ice cream machine is broken as always',
  'The slot machines here are rigged',
  'The claw machine is rigged',
  'The printer at work is jammed again',
  'The scanner at the airport is down, long lines',
  'The supermarket scanner is not working',
  'My scanner will not scan',
  'The ATM machine rejected my card',
  'The card machine is down, cash only',
  'The machine at the gym is broken',
  'The dishwasher and the coffee machine broke on the same day',
  'The copy machine is out of paper',
  'This pinball machine is rigged',
  'The referee stole the game from us',
  'They rigged the draft lottery',
  'The award show vote was rigged',
  'Somebody stole my bike',
  'The printer is out of toner',
  'My laptop froze and I lost the file',
  'The server is down and nobody can log in',
  'The time machine is broken in this film',
  'The answering machine is broken',
  'The tabulator key on my keyboard is stuck',
]

/** All of them, labelled. */
export function ownPosts(): Labelled[] {
  const posts: Labelled[] = NEAR_MISSES.map((text) => ({
    text,
    narrative: 'not_election',
    stance: 'unrelated',
    flag: false,
    sure: 1,
  }))
  for (const [narrative, claim] of CLAIMS) {
    for (const stance of FRAMED) {
      const flag = stance === 'asserts' && narrative !== 'ballot_fraud' && narrative !== 'voting_obstructed'
      for (const frame of FRAMES[stance]) {
        const text = frame.replace('*', claim)
        posts.push({ text: text.charAt(0).toUpperCase() + text.slice(1), narrative, stance, flag, sure: 1 })
      }
    }
  }
  return posts
}
