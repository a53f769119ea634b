/** Which texts the small model judges by itself, and which go on to the encoder. */
import type { Probabilities } from './linear.ts'

/**
 * Below both thresholds a text carries nothing, by the small model alone. Chosen by what
 * `npm run train -- DATA --soft FILE` prints, on 14,094 texts (5,514 of the recorded night) that pass the gate and that
 * nothing was learned from; 305 (209) of them the encoder's teachers flag, in 1,115 (498) they see a narrative. Kept of
 * those, and the share of all texts that goes on:
 *
 * | flagBelow | narrativeBelow | flagged, all | night  | narrative, all | night  | go on, all | night  |
 * | --------- | -------------- | ------------ | ------ | -------------- | ------ | ---------- | ------ |
 * | .030      | .036           | 99.7 %       | 99.5 % | 98.3 %         | 98.8 % | 32.0 %     | 35.3 % |
 * | .030      | .060           | 99.0 %       | 99.0 % | 95.5 %         | 96.8 % | 21.7 %     | 24.5 % |
 * | .050      | .080           | 97.7 %       | 97.6 % | 92.7 %         | 94.2 % | 15.7 %     | 17.8 % |
 * | .100      | .100           | 91.0 %       | 91.9 % | 87.1 %         | 89.0 % | 12.0 %     | 13.3 % |
 * | .023      | none           | 99.7 %       | 100 %  | 88.4 %         | 94.0 % | 21.1 %     | 26.2 % |
 */
export const CASCADE = { flagBelow: 0.03, narrativeBelow: 0.036 } as const

/** Whether the encoder is asked. */
export function goesOn({ flag, narratives }: Probabilities): boolean {
  return flag >= CASCADE.flagBelow || narratives.some((probability) => probability >= CASCADE.narrativeBelow)
}
