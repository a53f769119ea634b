/**
 * What is believed of a narrative before anything is seen: its share of election posts, and how sure that is. The
 * shares are rough values set by hand, of the order seen on a recorded election night; the spread says that they may be
 * off by a factor of twenty, since another network or another classifier sees another share.
 */
const SHARES: Readonly<Record<string, number>> = {
  results_manipulated: 0.012,
  votes_not_counted: 0.004,
  ballot_fraud: 0.004,
  voting_obstructed: 0.006,
  machine_failure: 0.001,
}

/** For a narrative that is not in the list. */
const OTHER_SHARE = 0.003

/** Variance of the log share: a standard deviation of 1.5 is a factor of twenty, either way, in 95 %. */
export const SHARE_VARIANCE = 2.25

/** Variance of the log of a county's factor on its state's share: a county differs less from its state than that from the nation. */
export const COUNTY_VARIANCE = 0.15

export function priorLogShare(narrative: string): number {
  return Math.log(Object.hasOwn(SHARES, narrative) ? SHARES[narrative]! : OTHER_SHARE)
}
