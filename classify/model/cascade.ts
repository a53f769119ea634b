/** Which texts the small model judges by itself, and which go on to the encoder. */
import type { Probabilities } from './linear.ts'

/**
 * Below both thresholds a text carries nothing, by the small model alone. What is lost by it, of 14,120 texts that pass
 * the gate and that the small model was not trained on, 2.0 % of which the encoder flags and 7.8 % of which it sees a
 * narrative in; the labelled dev posts; the share of those 14,120 texts that go on:
 *
 * | flagBelow | narrativeBelow | flags lost   | narratives lost | dev: flag F1 | narrative, stance right | go on  |
 * | --------- | -------------- | ------------ | --------------- | ------------ | ----------------------- | ------ |
 * | 0         | 0              | 0            | 0               | .804         | .823, .837              | 100 %  |
 * | .03       | .036           | .1 in 1,000  | 1.3 in 1,000    | .804         | .823, .837              | 32.7 % |
 * | .05       | .08            | .4           | 5.4             | .804         | .823, .835              | 15.8 % |
 * | .05       | .12            | .5           | 8.2             | .804         | .823, .835              | 13.5 % |
 * | .055      | .12            | .8           | 9.0             | .807         | .821, .835              | 12.9 % |
 * | .1        | .1             | 1.3          | 8.9             | .800         | .820, .831              | 12.2 % |
 * | .1        | .2             | 1.9          | 15.5            | .799         | .808, .821              | 8.9 %  |
 * | .2        | .3             | 4.9          | 26.5            | .788         | .795, .810              | 6.2 %  |
 *
 * Of 114 Spanish texts about an election that claim nothing, pass the gate and were written apart from those that the
 * small model learnt from, 17 % go on (before it learnt Spanish, 49 %). Of Spanish claims one in 23 of those that the
 * encoder would flag is lost, and 3 in 62 of those in which it sees a narrative: as English posts are, .9 and 3.8 in 1,000.
 *
 * `npm run train -- DATA --soft FILE` prints more rows.
 */
export const CASCADE = { flagBelow: 0.055, narrativeBelow: 0.12 } as const

/** Whether the encoder is asked. */
export function goesOn({ flag, narratives }: Probabilities): boolean {
  return flag >= CASCADE.flagBelow || narratives.some((probability) => probability >= CASCADE.narrativeBelow)
}
