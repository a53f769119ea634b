import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NARRATIVES, STANCES, type Verdict } from '../../../classify/contract.ts'
import { holding, narrativeRecord, stanceRecord } from '../../../classify/model/decide.ts'
import { packVerdicts, unpackVerdicts } from '../../../classify/model/packed.ts'

const probability = fc.integer({ min: 0, max: 10_000 }).map((parts) => parts / 10_000)
const list = (one: fc.Arbitrary<string>) => fc.array(one, { maxLength: 8 })

const verdict: fc.Arbitrary<Verdict> = fc
  .record({
    election: fc.boolean(),
    flagged: fc.boolean(),
    score: probability,
    narratives: fc.array(probability, { minLength: NARRATIVES.length, maxLength: NARRATIVES.length }),
    stance: fc.constantFrom(...STANCES),
    stances: fc.array(probability, { minLength: STANCES.length, maxLength: STANCES.length }),
    words: list(fc.stringMatching(/^[\w'/-]{1,20}$/)),
    places: list(fc.constantFrom('GA', '13121', 'PA', '42101')),
    model: fc.constantFrom('cascade-1-a-b', 'fast-1-a'),
  })
  .map(({ narratives, stances, ...rest }) => ({
    ...rest,
    narratives: holding(narratives),
    narrativeScores: narrativeRecord(narratives),
    stanceScores: stanceRecord(stances),
  }))

test('verdicts that cross between threads come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(verdict, { maxLength: 5 }), (verdicts) => {
      expect(unpackVerdicts(structuredClone(packVerdicts(verdicts)))).toEqual(verdicts)
    }),
  )
})
