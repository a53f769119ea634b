/** Claims that are always about on such a night, thinly: the noise from which a burst has to stand out. */
import type { Topic } from './topic.ts'

const COMMON = {
  who: [
    'my uncle',
    'my mom',
    'my cousin',
    'a friend',
    'my neighbour',
    'my coworker',
    'my dad',
    'my landlord',
    'my brother-in-law',
  ],
  mad: [
    'Unreal',
    'What a mess',
    'I am so angry',
    'Not okay',
    'Every single time',
    'This is a disgrace',
    'Do better',
    'Fix this',
    'How is this legal',
  ],
}

export const UNCOUNTED: Topic = {
  narrative: 'votes_not_counted',
  grammar: {
    ...COMMON,
    why: [
      'over a signature',
      'because of a stray mark',
      'over a missing date',
      'because the envelope was torn',
      'over a middle initial',
      'with no reason given',
      'because of the postmark',
    ],
    gone: ['was rejected', 'was thrown out', 'was never counted', 'got tossed', 'was lost'],
  },
  asserts: [
    '{who}’s mail ballot{in} {gone} {why}. {mad}',
    'My ballot{in} {gone} {why}. My vote did not count. {mad}',
    'They are throwing out valid ballots{in} {why}. {mad}',
    'Checked the tracker{in}: ballot {gone}. {mad}',
    '{mad}. Votes{in} are not being counted, {who}’s {gone} {why}',
  ],
  assertsSpanish: ['Rechazaron la boleta de mi papá por la firma y su voto no contó. Qué coraje'],
  reports: [
    'Number of mail ballots rejected{in} falls from the last election, state data show',
    'Lawsuit{in} challenges ballots rejected {why}, filing says',
  ],
  questions: [
    'How do I find out if my ballot{in} was counted? The tracker shows nothing',
    'Do they call you if a ballot{in} is rejected {why}?',
  ],
  debunks: [
    'No, your ballot{in} is not thrown out {why}. You get a notice and can fix it, and then it counts',
    '{who} thought the ballot {gone}; it was counted, the tracker{in} was a day behind. Not true',
  ],
  office: {
    stance: 'debunks',
    patterns: [
      'Every valid ballot{in} is counted. It is not true that ballots are rejected {why} without notice',
    ],
  },
}

export const MACHINES: Topic = {
  narrative: 'machine_failure',
  grammar: {
    ...COMMON,
    device: [
      'scanner',
      'tabulator',
      'voting machine',
      'touch screen',
      'check-in tablet',
      'ballot marking device',
    ],
    broke: ['is broken', 'is down', 'stopped working', 'froze', 'keeps crashing', 'jammed twice'],
    spot: ['our precinct', 'the school', 'the library', 'the town hall', 'the church'],
  },
  asserts: [
    'The {device} at {spot}{in} {broke}. {mad}',
    'I am at {spot}{in}, the {device} {broke} and they are calling someone',
    '{device} {broke} at {spot}{in} again, same as last time',
    'Only one {device} at {spot}{in} and it {broke}. {mad}',
  ],
  assertsSpanish: ['La máquina de mi casilla no funciona, llevan rato tratando de arreglarla'],
  reports: [
    'A {device} at one site{in} was replaced this evening, officials say',
    'County to buy new scanners after {device} trouble last year, board says',
  ],
  questions: ['Does anybody know if the {device} at {spot}{in} works again?'],
  debunks: ['The {device} at {spot}{in} is not broken, I just used it, works perfectly'],
  office: {
    stance: 'debunks',
    patterns: ['All voting equipment{in} is up and working. Reports of a broken {device} are wrong'],
  },
}

export const RIGGED: Topic = {
  narrative: 'results_manipulated',
  grammar: {
    ...COMMON,
    how: ['the software', 'the machines', 'the tabulators', 'the people who count', 'the results server'],
    what: ['rigged this election', 'changed the totals', 'flipped the votes', 'stole it', 'fixed the result'],
    claim: [
      'the election was rigged',
      'the tally was hacked',
      'the machines flipped votes',
      'results were altered',
    ],
    proof: ['Two audits', 'The hand count', 'The observers', 'The paper trail', 'The court', 'Every recount'],
  },
  asserts: [
    '{how}{in} {what}. {mad}',
    'You will never convince me that {how} did not do it: they {what}. {mad}',
    'The result{in} is fake, {how} {what}',
    'Rigged from the start. {how} {what}{in}',
  ],
  assertsSpanish: ['La elección está arreglada, las máquinas cambian los votos'],
  reports: [
    'Survey: one in five voters doubt that the count{in} is fair',
    'Court{in} to hear case that says {claim}',
  ],
  questions: ['Has anybody shown real evidence that {claim}{in}? Honest question'],
  debunks: [
    'It is false that {claim}{in}. {proof} showed the count was right',
    'No, {how} did not change anything{in}. {proof} matched the count',
    'They keep saying {claim}. Not true. {proof} proved it wrong{in}',
    'I have watched the test of {how}{in} myself. It is a myth that {claim}',
    '{proof} found no change in the totals{in}; stop saying that {claim}',
    'Reminder: {proof} debunked the story that {claim}{in}',
  ],
  office: {
    stance: 'debunks',
    patterns: [
      'FALSE: {claim}{in}. FACT: {proof} confirmed the result',
      'You may hear that {claim}. It is not true{in}. {proof} confirmed every total',
      'How we know that the count{in} is right: tests before, paper during, audit after. {proof} found no altered result',
    ],
  },
}

export const FRAUD: Topic = {
  narrative: 'ballot_fraud',
  grammar: {
    ...COMMON,
    fakes: [
      'dead people',
      'people who moved away',
      'fake names',
      'double voters',
      'people with two addresses',
    ],
  },
  asserts: [
    '{fakes} are voting{in} and nobody checks. {mad}',
    'Mail voting{in} is full of fraud, {who} got three ballots. {mad}',
    'They let {fakes} vote{in}',
  ],
  assertsSpanish: ['Están votando personas muertas y nadie revisa nada'],
  reports: ['Prosecutors{in} charge one person with voting twice, records show'],
  questions: ['Does anybody check if {fakes} get ballots{in}?'],
  debunks: ['No, {fakes} are not voting{in}. The rolls are checked against death and address records'],
  office: {
    stance: 'debunks',
    patterns: ['Claims that {fakes} vote{in} are false. Each ballot is matched to one registered voter'],
  },
}

export const OBSTRUCTED: Topic = {
  narrative: 'voting_obstructed',
  grammar: { ...COMMON, wait: ['two hours', 'three hours', 'four hours', 'five hours'] },
  asserts: [
    '{wait} in line to vote{in}, people are leaving. {mad}',
    '{who} was turned away{in} and told to come back with papers. {mad}',
    'Mail ballot{in} never arrived, been waiting {wait}. {mad}',
  ],
  assertsSpanish: ['Llevamos tres horas en la fila para votar, mucha gente se va'],
  reports: ['Lines of {wait} reported at some sites{in}, officials add staff'],
  questions: ['Can they turn you away{in} if you are in line at closing?'],
  debunks: ['Nobody is being turned away{in}, I stood there all day, the line moves'],
  office: {
    stance: 'debunks',
    patterns: ['No voter{in} is being turned away. If you are in line at closing time you will vote'],
  },
}
