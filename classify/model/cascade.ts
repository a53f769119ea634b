/** Which texts the small model judges by itself, and which go on to the encoder. */
import type { Probabilities } from './linear.ts'

/**
 * Below both thresholds a text carries nothing, by the small model alone. What is lost by it, of 14,120 texts that pass
 * the gate and that the small model was not trained on, 1.8 % of which the encoder flags and 8.0 % of which it sees a
 * narrative in; the labelled dev posts; the share of those 14,120 texts that go on:
 *
 * | flagBelow | narrativeBelow | flags lost   | narratives lost | dev: flag F1 | narrative, stance right | go on  |
 * | --------- | -------------- | ------------ | --------------- | ------------ | ----------------------- | ------ |
 * | 0         | 0              | 0            | 0               | .815         | .823, .823              | 100 %  |
 * | .03       | .036           | .1 in 1,000  | 1.1 in 1,000    | .815         | .823, .823              | 32.7 % |
 * | .05       | .08            | .3           | 5.6             | .815         | .821, .820              | 15.8 % |
 * | .05       | .12            | .4           | 8.3             | .815         | .823, .821              | 13.5 % |
 * | .055      | .12            | .7           | 9.1             | .815         | .823, .823              | 12.9 % |
 * | .1        | .1             | 1.1          | 8.9             | .815         | .823, .823              | 12.2 % |
 * | .1        | .2             | 1.7          | 15.9            | .806         | .814, .818              | 8.9 %  |
 * | .2        | .3             | 4.0          | 27.5            | .795         | .808, .806              | 6.2 %  |
 *
 * Of 114 Spanish texts about an election that claim nothing, pass the gate and were written apart from those that the
 * small model learnt from, 17 % go on (before it learnt Spanish, 49 %). Of Spanish claims about one
 * in twenty of those that the encoder flags is lost, and of those in which it sees a narrative.
 *
 * `npm run train -- DATA --soft FILE` prints more rows.
 */
export const CASCADE = { flagBelow: 0.055, narrativeBelow: 0.12 } as const

/** Whether the encoder is asked. */
export function goesOn({ flag, narratives }: Probabilities): boolean {
  return flag >= CASCADE.flagBelow || narratives.some((probability) => probability >= CASCADE.narrativeBelow)
}
