/**
 * How much more than Poisson counts scatter: variance = c M + k M^2 for a window whose expected count is M. c holds
 * clumping (one person posts thrice), k what the rate itself does. Learnt for each window length over all places of a
 * narrative by weighted moments, as in the estimating equations of quasi-likelihood (McCullagh and Nelder 1989, ch. 9).
 */

export interface Dispersion {
  /** Weighted sums of M^2, M^3, M^4, M r^2 and M^2 r^2. */
  s2: number
  s3: number
  s4: number
  r1: number
  r2: number
  c: number
  k: number
}

/** What is believed before anything is seen. */
const PRIOR_C = 1.5
const PRIOR_K = 0.03
/** A clump of seven posts where none is expected is still scatter; more, at once, is cut. */
const CLUMP = 50
/** Scatter beyond these is a broken source, not talk. */
const C_CEILING = 30
const K_CEILING = 3

export function newDispersion(): Dispersion {
  return { s2: 0, s3: 0, s4: 0, r1: 0, r2: 0, c: PRIOR_C, k: PRIOR_K }
}

/**
 * Adds one residual of a window: observed Y, expected M, relative variance of M. Windows of `ticks` overlap, so each is
 * worth the `ticks`-th part of an observation.
 */
export function observe(
  d: Dispersion,
  y: number,
  m: number,
  relative: number,
  winsor: number,
  ticks: number,
): void {
  const m2 = m * m
  const v = d.c * m + d.k * m2
  const gap = y - m
  const r2 = Math.min(gap * gap, winsor * (v + relative * m2) + CLUMP) - relative * m2
  const w = 1 / ((v * v + 1e-4) * ticks)
  d.s2 += w * m2
  d.s3 += w * m2 * m
  d.s4 += w * m2 * m2
  d.r1 += w * m * r2
  d.r2 += w * m2 * r2
}

/**
 * Solves for c and k, then lets the sums fade by `keep`. The prior weighs as much as `priorWeight` observations of M = 1.
 */
export function solve(d: Dispersion, keep: number, priorWeight: number): void {
  const w = priorWeight / ((PRIOR_C + PRIOR_K) * (PRIOR_C + PRIOR_K))
  const a = d.s2 + w
  const b = d.s3 + w
  const e = d.s4 + 2 * w
  const f = d.r1 + w * (PRIOR_C + PRIOR_K)
  const g = d.r2 + w * (PRIOR_C + 2 * PRIOR_K)
  const det = a * e - b * b
  let c = det > 1e-9 * a * e ? (f * e - g * b) / det : f / a
  let k = det > 1e-9 * a * e ? (a * g - b * f) / det : 0
  if (k < 0) {
    k = 0
    c = f / a
  }
  if (c < 1) {
    c = 1
    k = Math.max(0, (g - b) / e)
  }
  d.c = Math.min(C_CEILING, c)
  d.k = Math.min(K_CEILING, k)
  d.s2 *= keep
  d.s3 *= keep
  d.s4 *= keep
  d.r1 *= keep
  d.r2 *= keep
}
