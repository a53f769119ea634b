import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FLAGGED_NARRATIVES, verdictSchema } from '../../../classify/contract.ts'
import { createClassifier } from '../../../classify/model/classifier.ts'
import { featuresOf } from '../../../classify/model/features.ts'
import { rawOutputs } from '../../../classify/model/linear.ts'
import { cleanText, READ_MAX, textKey } from '../../../classify/model/normalize.ts'
import { createScorer } from '../../../classify/model/score.ts'
import { loadWeights, OUTPUTS } from '../../../classify/model/weights.ts'

const weights = loadWeights()
const classifier = await createClassifier({ weights })

describe('flag and stance', () => {
  it.each([
    ['The scanner at our precinct is broken and our ballots go into a box on the side', 'machine_failure'],
    ['They rigged the voting machines, this election is STOLEN #StopTheSteal', 'results_manipulated'],
    ['Dominion machines flipped thousands of votes to Biden, the election was rigged', 'results_manipulated'],
    [
      'They threw out our ballots because we used sharpies, our votes are not being counted',
      'votes_not_counted',
    ],
  ])('flags: %s', async (text, narrative) => {
    const verdict = await classifier.classify(text)
    expect(verdict).toMatchObject({ flagged: true, stance: 'asserts', election: true })
    expect(verdict.narratives).toContain(narrative)
  })

  it.each([
    'No, sharpies do not invalidate your ballot. That claim is false, election officials in Arizona say.',
    'Fact check: there is no evidence that Dominion machines switched votes',
    'I voted today and it took ten minutes, thank you to the poll workers',
    'Polls close at eight, if you are in line stay in line',
    'The coffee machine in the office is broken again',
    'Somebody stole my bike and the police did nothing',
  ])('does not flag: %s', async (text) => {
    expect((await classifier.classify(text)).flagged).toBe(false)
  })

  it('tells a claim from its denial', async () => {
    const claim = await classifier.classify(
      'Dominion machines switched votes in Georgia, the election was rigged',
    )
    const denial = await classifier.classify(
      'Dominion machines did not switch votes in Georgia, that is false and was debunked, there is no evidence',
    )
    expect(claim.score).toBeGreaterThan(denial.score)
    expect(denial.stanceScores.debunks).toBeGreaterThan(claim.stanceScores.debunks)
  })
})

describe('a verdict', () => {
  it('names the words that drove it, as they stand in the text', async () => {
    const text = 'The MACHINES were Rigged in Detroit, Michigan!!'
    const { words } = await classifier.classify(text)
    expect(words.length).toBeGreaterThan(0)
    expect(words.length).toBeLessThanOrEqual(8)
    for (const word of words) expect(text).toContain(word)
  })

  it('names places that stand in the text', async () => {
    expect((await classifier.classify('They rigged the vote in Detroit, Michigan')).places).toEqual([
      'MI',
      '26163',
    ])
    expect((await classifier.classify('Turnout is high in Ohio')).places).toEqual(['OH'])
  })

  it('of a post that the gate keeps away says nothing', async () => {
    expect(await classifier.classify('Toast for breakfast in Ohio')).toMatchObject({
      election: false,
      flagged: false,
      score: 0,
      narratives: [],
      stance: 'unrelated',
      words: [],
      places: [],
    })
  })

  it('is the same for copies with another link or mention, whichever comes first', async () => {
    const a = 'They rigged the vote again @somebody https://example.org/a'
    const b = 'They rigged the vote again @another https://example.org/b'
    const one = await createClassifier({ weights })
    const two = await createClassifier({ weights })
    const first = await one.classifyAll([a, b])
    const second = await two.classifyAll([b, a])
    expect(first[0]?.score).toBe(first[1]?.score)
    expect(first).toEqual([...second].reverse())
  })

  it('does not depend on what was judged before, nor on the cache', async () => {
    const fresh = await createClassifier({ weights, cacheSize: 1 })
    const texts = [
      'They stole it',
      'Machines are down, votes lost',
      'No evidence that votes were lost',
      'They stole it',
    ]
    for (const text of texts) expect(await fresh.classify(text)).toEqual(await classifier.classify(text))
  })

  it('agrees with itself: flagged means asserting a narrative that is flagged', async () => {
    const word = fc.constantFrom(
      'votes',
      'rigged',
      'stolen',
      'not',
      'machine',
      'broken',
      'false',
      'claim',
      'Biden',
      'Trump',
      'ballots',
      'fraud',
      'lawsuit',
      'says',
      'dead',
      'sharpie',
      'why',
      'no',
      'evidence',
      'they',
      'counted',
      'line',
      'dumped',
      '?',
      '!',
      'officials',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 25 }), async (words) => {
        const verdict = await classifier.classify(words.join(' '))
        const asserted =
          verdict.stance === 'asserts' && verdict.narratives.some((name) => FLAGGED_NARRATIVES.has(name))
        expect(verdict.flagged).toBe(asserted)
        expect(verdictSchema.safeParse(verdict).success).toBe(true)
      }),
      { numRuns: 500, seed: 7 },
    )
  })
})

describe('any text', () => {
  /** Generous beside the 4 ms of an ordinary post that the encoder reads: the machine that tests may be busy. */
  const MILLISECONDS_MAX = 250

  async function judged(text: string): Promise<number> {
    const start = performance.now()
    expect(verdictSchema.safeParse(await classifier.classify(text)).success).toBe(true)
    expect(textKey(text)).toMatch(/^\d{1,20}$/)
    return performance.now() - start
  }

  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t '],
    ['only emoji', '🗳️🔥'.repeat(2_000)],
    ['a lone high surrogate', 'vote \ud83d stolen'],
    ['a lone low surrogate', '\udc00'.repeat(5_000)],
    ['right-to-left marks', '\u202evotes\u202c stolen \u200f\u200e'.repeat(500)],
    ['zero-width characters', 'v\u200bo\u200bt\u200be\u200b stolen '.repeat(5_000)],
    ['100,000 letters', 'a'.repeat(100_000)],
    ['100,000 words', 'stolen vote '.repeat(9_000)],
    ['endings that Porter takes off', 'ational'.repeat(15_000)],
    ['100,000 hashes', '#'.repeat(100_000)],
    ['100,000 at signs', '@'.repeat(100_000)],
    ['unfinished addresses', 'http://'.repeat(15_000)],
    ['unfinished entities', '&amp'.repeat(25_000)],
    ['apostrophes and dashes', "'-/".repeat(30_000)],
    ['one long hashtag', `#${'Steal'.repeat(20_000)}`],
    ['dots between letters', 'a.b.'.repeat(25_000)],
    ['names without end', 'Orange County, '.repeat(7_000)],
    ['counties without end', 'and Orange counties '.repeat(5_000)],
    ['characters that become many', '\ufdfa'.repeat(50_000)],
  ])('is judged in bounded time: %s', async (_, text) => {
    await judged(text)
    expect(await judged(text)).toBeLessThan(MILLISECONDS_MAX)
  })

  it('never throws', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        'vote',
        'stolen',
        '#',
        '@',
        'https://',
        'County',
        ', ',
        'AZ',
        'Washington',
        'St. ',
        '\ud800',
        '\u202e',
        '&',
        "'",
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        expect(await judged(pieces.join(''))).toBeLessThan(MILLISECONDS_MAX)
      }),
      { numRuns: 100, seed: 11 },
    )
  })
})

describe('copies of a text', () => {
  it.each([
    ['They STOLE it!!!', 'they stole it'],
    ['They stole it https://example.org/x', '@you they stole it.'],
    ['They  stole\n\nit', 'They stole it'],
    ['They st\u200bole it', 'They stole it'],
    ['“They stole it”', '"They stole it"'],
  ])('have one key: %s', (a, b) => {
    expect(textKey(a)).toBe(textKey(b))
  })

  it('have another key than other texts', () => {
    expect(textKey('They stole it')).not.toBe(textKey('They did not steal it'))
    expect(textKey('https://example.org/a')).not.toBe(textKey('https://example.org/b'))
  })

  it('are cleaned to a bounded length', () => {
    expect(cleanText('\ufdfa'.repeat(10_000)).length).toBeLessThanOrEqual(READ_MAX)
  })
})

describe('the fast sum', () => {
  it('is what the features of training add up to', () => {
    const scorer = createScorer(weights)
    const rows = Float32Array.from(
      weights.rows,
      (q, i) => q * Math.abs(q) * (weights.units[i % OUTPUTS] ?? 0),
    )
    const fast = new Float64Array(OUTPUTS)
    const slow = new Float64Array(OUTPUTS)
    for (const text of [
      'They stole it, they stole it again',
      '#StopTheSteal mail-in ballots!',
      '',
      'Is it "rigged"?',
    ]) {
      scorer.score(cleanText(text), fast)
      rawOutputs(rows, weights.bias, featuresOf(cleanText(text)), slow)
      for (let k = 0; k < OUTPUTS; k++) expect(fast[k]).toBeCloseTo(slow[k] ?? NaN, 4)
    }
  })
})
