/** The map's shades. The borders stay the same all night, so that a darker state did become worse. */
import type { StateMap } from '../../api/contract.ts'

export type StateCount = StateMap['places'][number]

/** Lower borders, in posts that make the claim of every 1,000 about the election. */
export const CLASSES: readonly number[] = [0, 5, 20, 50, 100]

/** Below this one post moves a state by a whole shade. */
const EXPOSURE_MIN = 30

/** Index into CLASSES; null where too few posts name the place to say anything. */
export function classOf(entry: StateCount | undefined): number | null {
  const share = entry?.sharePerMille ?? null
  if (entry === undefined || share === null || entry.exposure < EXPOSURE_MIN) return null
  return CLASSES.findLastIndex((border) => share >= border)
}

/** 'under 5', '5 to 20', 'over 100'. */
export function shadeWords(index: number): string {
  const next = CLASSES[index + 1]
  if (index === 0) return `Under ${next}`
  return next === undefined ? `Over ${CLASSES[index]}` : `${CLASSES[index]} to ${next}`
}
