/**
 * What is said in the night of the faults. Claims differ from each other in most of their words, so that each is one
 * claim; which narrative each carries is asked of the classifier once, and never counted by it.
 */

/** Spread as rumours, with a peak each: the first wording is the one that most repeat. The last has one alone: an echo. */
export const RUMOURS: readonly (readonly [string, ...string[]])[] = [
  [
    'Every scanner at the polling place in Maricopa County just broke down and nobody can vote',
    'Tabulators dead all over Maricopa County, ballots pile up in a box beside them',
    'Maricopa County again: machines jam at the third ballot, technicians shrug',
    'I stood two hours in Maricopa County because the optical reader would not start',
    'No working ballot printers in Maricopa County since noon, my neighbours were sent home',
    'Maricopa County, the voting machine froze on my screen and the clerk pulled the plug',
    'Ballot readers in Maricopa County spit out one sheet of three, what a broken system',
  ],
  [
    'They threw away our ballots in Wayne County, thousands of votes were never counted',
    'Wayne County dumped a whole truck of absentee ballots, nobody will ever count them',
    'My vote in Wayne County is not in the count, the tracker says never received',
    'Whole precincts of Wayne County left out of the tally, our votes do not count',
    'Found out that Wayne County did not count the ballots from the drop box on my street',
    'Wayne County stopped counting with boxes full of uncounted ballots in the back room',
    'Mail votes of Wayne County sit in a cellar and are not being counted at all',
  ],
  ['The results from Fulton County were changed overnight, somebody rigged the totals'],
]

/** Said now and then, by one or two. */
export const SCATTERED: readonly string[] = [
  'The tabulators in Pima County are down, they are not counting anything',
  'My mail ballot in Milwaukee County was never counted and nobody tells me why',
  'The voting machines in Harris County flipped my vote from one candidate to the other',
  'Our precinct in Clark County has a dead touchscreen and the spare one is frozen too',
]

/** Answers, reports, questions: counted beside the claims, never as one. */
export const ANSWERS: readonly string[] = [
  'Election officials in Maricopa County say that every scanner works and all ballots are counted, the rumour is false',
  'Is it true that machines in Clark County stopped working? Has anybody a source?',
  'The clerk of Wayne County says no ballots were thrown away, that claim about uncounted votes is false',
]

/** Talk about the election that claims nothing. */
export const CHATTER: readonly string[] = [
  'Waiting for the election results with a big bowl of popcorn',
  'Just voted at the library, no line at all, the poll workers were lovely',
  'The governor’s race is closer than I thought, 51 to 49 with half of the precincts in',
  'My grandmother voted in her first election at 91 and wore her best hat',
  'Polls in Ohio close at half past seven, if you are in line you can still vote',
  'Turnout in our county is higher than four years ago',
  'The school board election is the only thing I care about tonight',
  'Thank you to every poll worker who got up at four for this election',
  'I brought my son along to vote so that he sees how it is done',
  'The Senate race will be called late tonight, I am going to bed',
  'Early voting was so easy this year',
  'Ballot measure 4 is passing in nearly every county so far',
]

/** Not about an election. */
export const ELSEWHERE: readonly string[] = [
  'Our dog learned to open the fridge today',
  'The first snow of the year fell on the pass this morning',
  'Does anybody have a good recipe for lentil soup',
  'Four goals in one half, what a match',
  'The new album is better than the last two together',
  'My train is late again, forty minutes this time',
  'Finally finished the jigsaw with the lighthouse',
  'Planting garlic this weekend before the frost',
]

export const ALL_SENTENCES: readonly string[] = [
  ...RUMOURS.flat(),
  ...SCATTERED,
  ...ANSWERS,
  ...CHATTER,
  ...ELSEWHERE,
]
