/** Upper tails of counts and of the normal law, exact enough far out, where the evidence lies. */

const HALF_LOG_TWO_PI = 0.9189385332046727

/** A deviate for a count of nothing: P(Y >= 0) is 1, so it is no evidence. */
const NO_EVIDENCE = -0.7

/** Below this, the saddlepoint form divides two small numbers; the normal form is then just as good. */
const NEAR_MEAN = 0.15

/**
 * Normal deviate z with P(Y >= y) about 1 - Phi(z), for Y negative binomial with this mean and variance (Poisson where
 * the variance does not exceed the mean). Lattice saddlepoint in Barndorff-Nielsen's r* form: Lugannani and Rice 1980,
 * Daniels 1987.
 */
export function countDeviate(y: number, mean: number, variance: number): number {
  if (y <= 0) return NO_EVIDENCE
  const m = Math.max(mean, 1e-9)
  const size = variance > m * (1 + 1e-6) ? (m * m) / (variance - m) : 1e7 * Math.max(1, m)
  const deviance = y * Math.log(y / m) - (y + size) * Math.log((y + size) / (m + size))
  const w = (y > m ? 1 : -1) * Math.sqrt(Math.max(0, 2 * deviance))
  if (Math.abs(w) < NEAR_MEAN) return (y - 0.5 - m) / Math.sqrt(Math.max(variance, m))
  const u = (1 - (m * (y + size)) / (y * (m + size))) * Math.sqrt(y + (y * y) / size)
  const ratio = u / w
  return ratio > 0 ? w + Math.log(ratio) / w : w
}

/** -log10 of the upper tail of the standard normal law at z. */
export function surprise(z: number): number {
  if (z < 5) return -Math.log10(Math.max(1e-300, 0.5 * erfc(z / Math.SQRT2)))
  const z2 = z * z
  return (0.5 * z2 + Math.log(z) + HALF_LOG_TWO_PI - Math.log1p(-1 / z2 + 3 / (z2 * z2))) / Math.LN10
}

/** Complementary error function, relative error below 1.2e-7 (Chebyshev fit of Press et al., Numerical Recipes). */
function erfc(x: number): number {
  const z = Math.abs(x)
  const t = 1 / (1 + 0.5 * z)
  const p =
    -1.26551223 +
    t *
      (1.00002368 +
        t *
          (0.37409196 +
            t *
              (0.09678418 +
                t *
                  (-0.18628806 +
                    t *
                      (0.27886807 +
                        t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))))
  const r = t * Math.exp(p - z * z)
  return x >= 0 ? r : 2 - r
}
