import type { Topic } from './topic.ts'

/** A true incident: the ballot printers of one county jam in the evening. */
export const PRINTER: Topic = {
  narrative: 'machine_failure',
  grammar: {
    printer: ['printer', 'ballot printer', 'on-demand printer', 'ballot-on-demand printer'],
    broke: [
      'is jammed',
      'keeps jamming',
      'is down',
      'stopped working',
      'just broke down',
      'is out of order',
      'jammed again',
    ],
    spot: [
      'the library',
      'the rec centre',
      'the middle school',
      'the fire station',
      'the community centre',
      'the church hall',
      'the senior centre',
      'the college',
    ],
    people: [
      '40 people',
      'about 60 of us',
      'a hundred people',
      'my whole family',
      'thirty voters',
      'everybody',
    ],
    wait: ['20 minutes', 'half an hour', '45 minutes', 'an hour', 'an hour and counting'],
    tech: ['a technician', 'somebody', 'the county', 'a poll worker with a screwdriver'],
  },
  asserts: [
    'The {printer} at {spot} {broke}{in}, {people} waiting',
    'I am at {spot}{in} and the {printer} {broke}. Nobody can vote right now',
    'Been here {wait}{in}: the {printer} {broke} and there is no spare',
    '{printer} {broke} at {spot}{in}. {tech} is working on it',
    'Second {printer} {broke} {here}, {wait} so far, {people} in line',
    'Heads up{in}: the {printer} at {spot} {broke}, go to another site',
    'They are trying to fix the {printer} at {spot}{in}, it {broke}, {wait} so far',
    'Machines down at {spot}{in}. The {printer} {broke} and ballots come out blank',
    'My ballot got stuck in the {printer} at {spot}{in}. Now it {broke}',
    '{people} and one broken {printer} {here}. {wait}. Bring a chair',
  ],
  assertsSpanish: [
    'La impresora de boletas en {place} está atascada, llevamos una hora esperando',
    'Se descompuso la impresora en {place} y no podemos votar todavía',
  ],
  reports: [
    'Ballot printers jammed at several vote centres{in}, the registrar’s office says; voting continues',
    'Voters{in} face delays after a {printer} failed at {spot}, officials say',
    'Officials{in}: a {printer} problem has been traced to damp paper, replacements are on the way',
    'Update: the registrar{in} says {printer} trouble is fixed at most sites; hours may be extended',
  ],
  questions: [
    'Is the {printer} at {spot}{in} working again? Should I come back later?',
    'Anyone know which sites{in} have a working {printer}?',
    'Did the {printer} at {spot}{in} really break or is the line just long?',
  ],
  debunks: [
    'The {printer} at {spot}{in} works fine, I just voted, no jam at all',
    'No, the machines{in} did not all fail. One {printer} jammed, it was swapped, everyone voted',
  ],
  office: {
    stance: 'reports',
    patterns: [
      'We are aware that a {printer} has jammed at {spot}{in}. Technicians are on site. Voters can use any other vote centre',
      'Update{in}: the {printer} at {spot} has been replaced. Voters in line at closing time will vote',
      'A {printer} at {spot}{in} was out of service for {wait}. Every ballot cast there is safe and will be counted',
    ],
  },
}
