/** Which texts the small model judges by itself, and which go on to the encoder. */
import type { Probabilities } from './linear.ts'

/**
 * Below both thresholds a text carries nothing, by the small model alone. Kept of 305 texts that the encoder's teachers
 * flag and 1,115 in which they see a narrative, among 14,094 that pass the gate and that nothing was learned from
 * (`npm run train -- DATA --soft FILE` prints more rows); F1 on the labelled dev posts; posts of the recorded night that
 * go on:
 *
 * | flagBelow | narrativeBelow | flagged kept | narrative kept | flag F1 | narrative, stance right | go on  |
 * | --------- | -------------- | ------------ | -------------- | ------- | ----------------------- | ------ |
 * | 0         | 0              | 100 %        | 100 %          | .796    | .823, .827              | 74.2 % |
 * | .03       | .036           | 99.7 %       | 98.3 %         | .796    | .823, .827              | 24.5 % |
 * | .05       | .08            | 97.7 %       | 92.7 %         | .796    | .823, .827              | 13.6 % |
 * | .05       | .12            |              |                | .799    | .821, .829              | 12.6 % |
 * | .1        | .1             | 91.0 %       | 87.1 %         | .794    | .818, .823              | 11.0 % |
 * | .1        | .2             |              |                | .790    | .808, .814              | 9.2 %  |
 * | .2        | .3             |              |                | .784    | .800, .808              | 7.2 %  |
 */
export const CASCADE = { flagBelow: 0.05, narrativeBelow: 0.12 } as const

/** Whether the encoder is asked. */
export function goesOn({ flag, narratives }: Probabilities): boolean {
  return flag >= CASCADE.flagBelow || narratives.some((probability) => probability >= CASCADE.narrativeBelow)
}
