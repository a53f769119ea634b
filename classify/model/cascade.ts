/** Which texts the small model judges by itself, and which go on to the encoder. */
import type { Probabilities } from './linear.ts'

/**
 * Below both thresholds a text carries nothing, by the small model alone. From the tables that
 * `npm run train -- DATA --soft FILE` prints, on 16,429 texts that pass the gate and were kept from learning:
 * FIGURES
 */
export const CASCADE = { flagBelow: 0.0238, narrativeBelow: 0.0461 } as const

/** Whether the encoder is asked. */
export function goesOn({ flag, narratives }: Probabilities): boolean {
  return flag >= CASCADE.flagBelow || narratives.some((probability) => probability >= CASCADE.narrativeBelow)
}
