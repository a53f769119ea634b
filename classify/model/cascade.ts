/** Which texts the small model judges by itself, and which go on to the encoder. */
import type { Probabilities } from './linear.ts'

/**
 * Below both thresholds a text carries nothing, by the small model alone. What is lost by it, of 14,704 texts that pass
 * the gate and that the small model was not trained on, 2.9 % of which the encoder flags and 9.8 % of which it sees a
 * narrative in; the labelled dev posts; the share of those 14,704 texts that go on:
 *
 * | flagBelow | narrativeBelow | flags lost   | narratives lost | dev: flag F1 | narrative, stance right | go on  |
 * | --------- | -------------- | ------------ | --------------- | ------------ | ----------------------- | ------ |
 * | 0         | 0              | 0            | 0               | .804         | .823, .837              | 100 %  |
 * | .03       | .036           | .1 in 1,000  | 1.3 in 1,000    | .804         | .823, .837              | 34.0 % |
 * | .05       | .08            | .6           | 5.6             | .804         | .823, .837              | 17.9 % |
 * | .05       | .12            | .8           | 9.5             | .807         | .821, .839              | 15.5 % |
 * | .1        | .1             | 1.7          | 9.9             | .803         | .818, .833              | 14.2 % |
 * | .1        | .2             | 2.5          | 17.9            | .799         | .808, .821              | 10.7 % |
 * | .2        | .3             | 5.5          | 29.0            | .793         | .797, .810              | 8.0 %  |
 *
 * (Texts of which the encoder was not asked count by its teachers' word.) `npm run train -- DATA --soft FILE` prints more
 * rows.
 */
export const CASCADE = { flagBelow: 0.05, narrativeBelow: 0.12 } as const

/** Whether the encoder is asked. */
export function goesOn({ flag, narratives }: Probabilities): boolean {
  return flag >= CASCADE.flagBelow || narratives.some((probability) => probability >= CASCADE.narrativeBelow)
}
