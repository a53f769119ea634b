/**
 * A seeded stream of any length in the mixture of the great nights. What is about an election, and what repeats what,
 * is known by construction.
 */
import { createRandom, type Random } from '../../../../ingest/sources/drill/random.ts'
import { electionPools, rumourPools, talkPool, TONGUES, type Pool } from './sentences.ts'

/** `mixed`: 5 % about an election. `election`: all of it. */
export type LoadKind = 'mixed' | 'election'

/** The record loads of 2012's election night, posts a second: all of a network's, and those about the election. */
export const NIGHT_RATE: Readonly<Record<LoadKind, number>> = { mixed: 15_107, election: 5_458 }

export interface LoadPost {
  /** From 0, in the order of the stream. */
  serial: number
  /** Of which account, below `ACCOUNTS`. */
  account: number
  about: 'talk' | 'election' | 'rumour'
  /** A `copy` says the same words by another account, a `near` copy nearly the same; a `repost` has none of its own. */
  form: 'original' | 'repost' | 'copy' | 'near'
  /** Holds nothing that JSON would escape. Empty for a repost. */
  text: string
  lang: string
  /** What a repost repeats. */
  of: { serial: number; account: number } | null
}

export interface LoadCounts {
  posts: number
  election: number
  rumours: number
  /** Of the rumours: reposts, copies and near copies. */
  repeats: number
  reposts: number
}

export interface Load {
  next(): LoadPost
  /** Of what `next` gave so far. */
  counts(): Readonly<LoadCounts>
}

export const ACCOUNTS = 500_000

/** Of all posts of the mixed stream. */
const ELECTION_SHARE = 0.05
/** Of the posts about an election. */
const RUMOUR_SHARE = 0.2
/** Of the rumours, those that repeat another: what was found of the night of 2012. */
const REPEAT_SHARE = 0.88
/** Of the repeats; the rest are near copies, whose texts are new to every cache. */
const REPOST_SHARE = 0.6
const COPY_SHARE = 0.3
/** Rumours that may still be repeated: some minutes of the night's peak, so that old cascades die. */
const REMEMBERED = 100_000
/** Of the posts about an election that are no rumours; rumours are English. */
const SPANISH_SHARE = 0.1
/** A text of two sentences rather than one. */
const TWO_SENTENCES = 0.6

type Words = Pick<LoadPost, 'form' | 'text' | 'lang' | 'of'>

/** What goes round: the first post of its cascade. */
type Rumour = Pick<LoadPost, 'serial' | 'account' | 'text' | 'lang'>

export function createLoad(kind: LoadKind, seed: string): Load {
  const random = createRandom(`load/${kind}/${seed}`)
  const talk = TONGUES.map(([tongue]) => talkPool(tongue, random.fork(tongue.lang)))
  const [english, spanish] = electionPools(random.fork('election')) as [Pool, Pool]
  const rumours = rumourPools(random.fork('rumours'))
  const cascade = createCascade(random.fork('cascade'))
  const counts: LoadCounts = { posts: 0, election: 0, rumours: 0, repeats: 0, reposts: 0 }

  function tongueOf(): Pool {
    let left = random.int(100)
    const at = TONGUES.findIndex(([, share]) => (left -= share) < 0)
    return talk[at]!
  }

  function firstOf(pool: Pool, tags: readonly string[]): Words {
    const first = random.pick(pool.sentences)
    const text = random.chance(TWO_SENTENCES) ? `${first}. ${random.pick(pool.sentences)}` : first
    return { form: 'original', text: `${text} ${tail(tags, random)}`, lang: pool.lang, of: null }
  }

  function wordsOf(about: LoadPost['about'], serial: number, account: number): Words {
    if (about === 'talk') return firstOf(tongueOf(), TAGS)
    if (about === 'election') return firstOf(random.chance(SPANISH_SHARE) ? spanish : english, ELECTION_TAGS)
    const repeated = random.chance(REPEAT_SHARE) ? cascade.repeat() : null
    if (repeated !== null) return repeatOf(repeated, random)
    const said = firstOf(random.pick(rumours), ELECTION_TAGS)
    cascade.begin({ serial, account, text: said.text, lang: said.lang })
    return said
  }

  return {
    next() {
      const election = kind === 'election' || random.chance(ELECTION_SHARE)
      const about = !election ? 'talk' : random.chance(RUMOUR_SHARE) ? 'rumour' : 'election'
      const serial = counts.posts
      const account = random.int(ACCOUNTS)
      const words = wordsOf(about, serial, account)
      counts.posts++
      if (about !== 'talk') counts.election++
      if (about === 'rumour') counts.rumours++
      if (about === 'rumour' && words.form !== 'original') counts.repeats++
      if (words.form === 'repost') counts.reposts++
      return { serial, account, about, ...words }
    },
    counts: () => counts,
  }
}

function repeatOf(rumour: Rumour, random: Random): Words {
  const { text, lang, serial, account } = rumour
  const dice = random.next()
  if (dice < REPOST_SHARE) return { form: 'repost', text: '', lang, of: { serial, account } }
  if (dice < REPOST_SHARE + COPY_SHARE) return { form: 'copy', text, lang, of: null }
  return { form: 'near', text: `${random.pick(BEFORE)} ${text} ${tail(TAGS, random)}`, lang, of: null }
}

/** Few posts end alike. */
function tail(tags: readonly string[], random: Random): string {
  return `${random.pick(tags)} ${random.int(1_000)}`
}

const BEFORE = ['Wow.', 'Read this:', 'Just saw this:', 'So', 'And again:', 'Look:', 'Unreal.', 'Friends,']
const TAGS = ['#day', '…', '- no.', '/ part', '+', '#life']
/** Each holds a word by which a post counts as one about an election. */
const ELECTION_TAGS = ['#ElectionNight', '#election', '#Midterms ballot', '/ election night, part', '#vote']

/**
 * Who repeats takes up any post of the cascade so far, a repeat as well as a first one: the more often something was
 * repeated, the more often it will be, and sizes fall off as a power with exponent 1 + 1 / 0.88 (H. A. Simon, "On a
 * class of skew distribution functions", Biometrika 42, 1955).
 */
function createCascade(random: Random) {
  const posts: Rumour[] = []
  let oldest = 0
  function remember(rumour: Rumour): void {
    if (posts.length < REMEMBERED) posts.push(rumour)
    else posts[oldest++ % REMEMBERED] = rumour
  }
  return {
    begin: remember,
    /** Null before the first. */
    repeat(): Rumour | null {
      if (posts.length === 0) return null
      const rumour = random.pick(posts)
      remember(rumour)
      return rumour
    },
  }
}
