/** Which posts say the same: copies and near copies come together, other claims in the same words do not. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupWordings, type Wording } from '../../../../classify/claims/group.ts'
import { sketchOf } from '../../../../classify/claims/sketch.ts'

/** Wordings said one after the other; each text is its own key. */
function said(texts: readonly string[], denies = false): Wording[] {
  return texts.map((text, i) => ({ key: text, sketch: sketchOf(text), denies, first: i }))
}

async function sameClaim(...texts: string[]): Promise<boolean> {
  const claims = await groupWordings(said(texts))
  return new Set(claims.values()).size === 1
}

const SCANNERS =
  'Two scanners at the Oakwood library have been down since noon and the clerk told us to come back tomorrow'

describe('a sketch', () => {
  test('is the same for what differs in links, mentions, case, marks and emoji only', () => {
    const same = [
      SCANNERS,
      SCANNERS.toUpperCase(),
      `RT @someone: ${SCANNERS}`,
      `${SCANNERS}!!! 😡😡 https://example.org/a?b=1`,
      SCANNERS.replace('Oakwood', '#Oakwood'),
      `${SCANNERS} #ElectionNight #Scanners2026 #CountEveryVote`,
      SCANNERS.replaceAll(' ', '\u200b  '),
      SCANNERS.replace('library', '𝐥𝐢𝐛𝐫𝐚𝐫𝐲'),
    ]
    expect(new Set(same.map(sketchOf)).size).toBe(1)
    expect(sketchOf(SCANNERS)).toMatch(/^[\w-]{129}$/)
  })

  test('is empty without words, and such texts resemble nothing', async () => {
    for (const text of ['', '  ', 'https://example.org/a', '@a @b', '🗳️🗳️', '#'])
      expect([text, sketchOf(text)]).toEqual([text, ''])
    expect(await sameClaim('https://example.org/a', 'https://example.org/b')).toBe(false)
  })

  test('is of the hashtags, where there is nothing else', async () => {
    expect(await sameClaim('#CountTheVotes #Oakwood https://example.org', '#counttheVotes #oakwood')).toBe(
      true,
    )
    expect(await sameClaim('#CountTheVotes #Oakwood', '#WeVoted #ProudPollWorker')).toBe(false)
  })

  test('takes its time by a bounded part of the text', () => {
    const start = performance.now()
    for (const text of ['#a'.repeat(50_000), '#_'.repeat(50_000), 'ab '.repeat(50_000), '@'.repeat(100_000)])
      sketchOf(text)
    expect(performance.now() - start).toBeLessThan(500)
  })
})

describe('one claim', () => {
  test('is a text of some length with few words changed, added or left out', async () => {
    expect(await sameClaim(SCANNERS, SCANNERS.replace('Two', 'Three'))).toBe(true)
    expect(await sameClaim(SCANNERS, SCANNERS.replace('the clerk', 'a poll worker'))).toBe(true)
    expect(await sameClaim(SCANNERS, `This just in from my sister: ${SCANNERS}`)).toBe(true)
    expect(await sameClaim(SCANNERS, SCANNERS.slice(0, 85))).toBe(true)
    expect(
      await sameClaim(SCANNERS, SCANNERS.replace('scanners', 'scaners').replace('tomorrow', 'tommorow')),
    ).toBe(true)
  })

  test('is in any script', async () => {
    const greek =
      'Στο εκλογικό κέντρο δεν μετρήθηκαν καθόλου οι επιστολικές ψήφοι και κανείς δεν απαντά στα τηλέφωνα'
    expect(await sameClaim(greek, `${greek} τώρα`)).toBe(true)
    const japanese =
      '投票所の読み取り機が正午から故障していて係員は明日また来るように言っています本当に信じられません'
    expect(await sameClaim(japanese, `${japanese}！`, `拡散 ${japanese}`)).toBe(true)
  })

  test('is not another one in much the same words', async () => {
    const different = [
      'The scanner in Oakwood is broken',
      'The scanner in Oakwood is fine again',
      'Our ballots in Oakwood were not counted',
      'Our ballots in Oakwood were counted twice',
      'They are stealing the election',
      'They are stealing the batteries',
      'The Greens are stealing the election',
      'The Browns are stealing the election',
      'Machines switched my vote in Oakwood',
      'Machines ate my vote in Oakwood',
      'Mail ballots postmarked on Tuesday are thrown away by the county, a worker at the post office told my neighbour',
      'Mail ballots postmarked on Tuesday are counted by law when they come by Friday, says the county on its own page',
      'The county reports more votes than it has voters, and nobody at the office will say where the extra ones are from',
      'The county reports fewer votes than it had at noon, and nobody at the office can tell us what went wrong with them',
    ]
    expect(new Set((await groupWordings(said(different))).values()).size).toBe(different.length)
  })

  test('is not its denial, even word for word', async () => {
    const claim = said([SCANNERS])
    const denial = said([`FALSE: ${SCANNERS}`], true)
    expect(await sameClaim(SCANNERS, `FALSE: ${SCANNERS}`)).toBe(true)
    expect(new Set((await groupWordings([...claim, ...denial])).values()).size).toBe(2)
  })

  test('does not drift to another one in small steps: every wording resembles the first', async () => {
    const from = SCANNERS.split(' ')
    const to =
      'My ballot from abroad was sent back unopened although it came a week early and nobody has answered my mail'.split(
        ' ',
      )
    // One word more is changed in every step.
    const steps = from.map((_, i) => [...to.slice(0, i), ...from.slice(i)].join(' '))
    const claims = await groupWordings(said([...steps, to.join(' ')]))
    const first = steps.filter((step) => claims.get(step) === steps[0])
    expect(first.length).toBeGreaterThan(2)
    expect(first.length).toBeLessThan(steps.length / 2)
    expect(claims.get(to.join(' '))).not.toBe(steps[0])
  })

  test('is named by its first wording, which later ones do not change', async () => {
    const before = said([SCANNERS, SCANNERS.replace('Two', 'Three'), 'Nothing to see here at the town hall'])
    const later = said([`Again: ${SCANNERS}`, SCANNERS.replace('noon', 'ten')]).map((one) => ({
      ...one,
      first: one.first + 10,
    }))
    const old = await groupWordings(before)
    expect(old.get(before[1]!.key)).toBe(SCANNERS)
    const all = await groupWordings([...later, ...before])
    for (const [key, claim] of old) expect(all.get(key)).toBe(claim)
    for (const { key } of later) expect(all.get(key)).toBe(SCANNERS)
  })

  test('is found among many', async () => {
    // Words that are nowhere else: each wording falls into other buckets, and they fill as evenly as they can.
    const word = (n: number) => (Math.imul(n, 0x9e3779b1) >>> 0).toString(36)
    const noise = Array.from({ length: 5_000 }, (_, i) =>
      Array.from({ length: 9 }, (_, at) => word(i * 9 + at + 1)).join(' '),
    )
    const claims = await groupWordings(said([SCANNERS, ...noise, `Heard that ${SCANNERS}`]))
    expect(claims.get(`Heard that ${SCANNERS}`)).toBe(SCANNERS)
  })
})

test('the order in which wordings come makes no difference', async () => {
  const word = fc.constantFrom(
    'scanner',
    'ballots',
    'county',
    'noon',
    'broken',
    'counted',
    'nobody',
    'late',
    'school',
  )
  const wording = fc.record({
    text: fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' ')),
    first: fc.integer({ min: 0, max: 20 }),
    denies: fc.boolean(),
  })
  const night = fc.uniqueArray(wording, { selector: ({ text }) => text, minLength: 2, maxLength: 60 })
  const shuffled = night.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  )
  await fc.assert(
    fc.asyncProperty(shuffled, async ([one, other]) => {
      const group = async (night: typeof one) => {
        const wordings = night.map(({ text, ...rest }) => ({ key: text, sketch: sketchOf(text), ...rest }))
        return [...(await groupWordings(wordings))].map(String).toSorted()
      }
      expect(await group(other)).toEqual(await group(one))
    }),
  )
})
