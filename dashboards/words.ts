/** The page's plain words: what narratives, stances, phases and sources are called for people who run elections. */
import type { FlaggedPost, NotJudged, Rebuttal, Spike, Status } from '../api/contract.ts'
import type { Narrative, Stance } from '../classify/contract.ts'
import { approximately, count } from './format.ts'

/** In the order in which the page shows them: those that raise an alert first. */
export const NARRATIVE_ORDER: readonly Narrative[] = [
  'results_manipulated',
  'votes_not_counted',
  'machine_failure',
  'ballot_fraud',
  'voting_obstructed',
]

/** A title: 'Result manipulated'. */
export const NARRATIVE_TITLE: Readonly<Record<Narrative, string>> = {
  results_manipulated: 'Result manipulated',
  votes_not_counted: 'Votes not counted',
  machine_failure: 'Machines failed',
  ballot_fraud: 'Fraudulent ballots',
  voting_obstructed: 'People kept from voting',
}

/** The start of a sentence: it counts claims, and says nothing on whether they are true. */
export const NARRATIVE_CLAIMS: Readonly<Record<Narrative, string>> = {
  results_manipulated: 'Claims that the result is being manipulated',
  votes_not_counted: 'Claims that votes were not counted',
  machine_failure: 'Claims that voting machines failed',
  ballot_fraud: 'Claims that ballots are fraudulent',
  voting_obstructed: 'Claims that people were kept from voting',
}

/** What a post does with the claim, in the third person: 'makes the claim'. */
export const STANCE_WORDS: Readonly<Record<Stance, string>> = {
  asserts: 'makes the claim',
  reports: 'reports on the claim',
  questions: 'asks about the claim',
  debunks: 'contradicts the claim',
  unrelated: 'is about something else',
}

/** Why a post shows no words. */
export function withoutWords({ marks }: Pick<FlaggedPost, 'marks'>): string {
  if (marks.includes('deleted')) return 'Its author deleted it: its words are not shown.'
  if (marks.includes('edited')) return 'Its author changed it since: its first words are not shown.'
  if (marks.includes('account_gone')) return 'Its account is gone: its words are not shown.'
  return 'A repost without words of its own.'
}

const PHASE_WORDS: Readonly<Record<Spike['phase'], string>> = {
  open: 'Just noticed',
  growing: 'Growing',
  peaked: 'Past its peak',
  closed: 'Over',
  withdrawn: 'Withdrawn',
}

/** The story of one that was withdrawn may stand out as another spike. */
export function phaseWords({ phase, successor }: Pick<Spike, 'phase' | 'successor'>): string {
  return successor === null ? PHASE_WORDS[phase] : 'Replaced'
}

export const REBUTTAL_WORDS: Readonly<Record<Rebuttal['state'], string>> = {
  drafted: 'Draft: waits for a second person',
  approved: 'Approved: ready to publish',
  published: 'Published',
  corrected: 'Published, since corrected',
  withdrawn: 'Withdrawn',
}

/** Still going on, so that an answer now can matter. */
export function isOpen(spike: Spike): boolean {
  return spike.phase === 'open' || spike.phase === 'growing' || spike.phase === 'peaked'
}

/** 'across the country', 'in Arizona', 'in Maricopa County, Arizona'. */
export function inPlace(spike: Pick<Spike, 'place' | 'placeName'>): string {
  if (spike.place === 'US') return 'across the country'
  return spike.place === 'DC' ? 'in the District of Columbia' : `in ${spike.placeName}`
}

/** How a spike compares with an ordinary hour: 'about 9 times what is usual'. */
export function againstUsual(spike: Pick<Spike, 'echo' | 'expected' | 'size' | 'texts'>): string {
  if (spike.echo) return `in ${count(spike.texts, 'wording')}`
  // Below one post a ratio is a play with decimals.
  if (spike.expected < 1) return 'where hardly any are usual'
  const times = (spike.expected + spike.size) / spike.expected
  return times < 1.2 ? 'close to what is usual' : `about ${approximately(times)} times what is usual`
}

const PHASE_VERB: Readonly<Record<Spike['phase'], string>> = {
  open: 'have begun to rise',
  growing: 'are rising',
  peaked: 'are past their peak',
  closed: 'rose and have died down',
  withdrawn: 'did not stand out after all',
}

/** One spike as one sentence. `clock` formats a time in the zone that the page shows. */
export function spikeSentence(spike: Spike, clock: (time: number) => string): string {
  const verb = spike.successor === null ? PHASE_VERB[spike.phase] : 'now stand as another spike'
  const claims = `${NARRATIVE_CLAIMS[spike.narrative]} ${verb} ${inPlace(spike)}`
  if (spike.phase === 'withdrawn')
    return `${claims}: ${spike.reason ?? 'what came later changed the picture'}.`
  const since =
    spike.end === null ? `since ${clock(spike.onset)}` : `from ${clock(spike.onset)} to ${clock(spike.end)}`
  const voices = `${count(spike.posts, 'post')} by ${count(spike.authors, 'account')}`
  return `${claims}: ${voices} ${since}, ${againstUsual(spike)}.`
}

/** Whether it goes on, or when it ended; nothing where it was withdrawn before its end. */
export function ending(spike: Spike, clock: (time: number) => string): [string, string][] {
  if (spike.end !== null) return [['Ended', clock(spike.end)]]
  return isOpen(spike) ? [['Still going on', 'yes']] : []
}

const SOURCE_STATE: Readonly<Record<Status['sources'][number]['state'], string>> = {
  starting: 'is being opened',
  running: 'is being watched',
  waiting: 'is paused: it goes on when the posts already read are judged',
  unreachable: 'cannot be reached',
  finished: 'has been read to its end',
  failed: 'has stopped with an error',
}

/** 'Bluesky' for `bluesky`, 'the file night.jsonl' for `file:night.jsonl`. */
export function sourceName(source: string): string {
  if (source === 'bluesky' || source.startsWith('bluesky:')) return 'Bluesky'
  if (source.startsWith('mastodon')) return source.replace(/^mastodon:?/, 'Mastodon ').trim()
  if (source === 'drill' || source.startsWith('drill:')) return 'The drill'
  if (source.startsWith('file:')) return `The file ${source.slice('file:'.length).split('/').at(-1) ?? ''}`
  if (source === 'push:upload') return 'Added files'
  if (source.startsWith('push:')) return `The feed ${source.slice('push:'.length)}`
  return source
}

const languageNames = new Intl.DisplayNames('en', { type: 'language' })

/** '412 posts in Portuguese were not judged'. */
export function notJudgedSentence({ language, posts }: Pick<NotJudged, 'language' | 'posts'>): string {
  return `${count(posts, 'post')} in ${languageNames.of(language) ?? language} ${posts === 1 ? 'was' : 'were'} not judged`
}

/** 'Bluesky cannot be reached'. */
export function sourceSentence(source: Status['sources'][number]): string {
  return `${sourceName(source.source)} ${SOURCE_STATE[source.state]}`
}
