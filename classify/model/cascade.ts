/** Where the fast model's word is enough. */

/** Below this probability of a flag the fast model's "no" stands. */
export const FLAG_BELOW = 0.06

/** Below this probability of every narrative a post carries none. */
export const NARRATIVE_BELOW = 0.2
