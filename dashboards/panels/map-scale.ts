/** The map's shades. The borders stay the same all night, so that a darker state did become worse. */
import type { PlaceCount } from '../client.ts'

/** Lower borders, in posts that make the claim of every 1,000 about the election. */
export const CLASSES: readonly number[] = [0, 5, 20, 50, 100]

/** Below this one post moves a state by a whole shade. */
const EXPOSURE_MIN = 30

/** Posts that make the claim of every 1,000 that name the place. */
export function perThousand({ posts, exposure }: PlaceCount): number {
  return exposure === 0 ? 0 : (1000 * posts) / exposure
}

/** Index into CLASSES; null where too few posts name the place to say anything. */
export function classOf(entry: PlaceCount | undefined): number | null {
  if (entry === undefined || entry.exposure < EXPOSURE_MIN) return null
  const share = perThousand(entry)
  return CLASSES.findLastIndex((border) => share >= border)
}

/** 'under 5', '5 to 20', 'over 100'. */
export function shadeWords(index: number): string {
  const next = CLASSES[index + 1]
  if (index === 0) return `Under ${next}`
  return next === undefined ? `Over ${CLASSES[index]}` : `${CLASSES[index]} to ${next}`
}
