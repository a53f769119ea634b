/** A rebuttal as schema.org ClaimReview (https://schema.org/ClaimReview), which search engines read. */
import type { Rebuttal } from '../contract.ts'

/** From worst to best, as a number beside the words: readers of ClaimReview ask for one. */
const RATING_VALUES: Readonly<Record<Rebuttal['rating'], number>> = {
  False: 1,
  Misleading: 2,
  'Missing context': 3,
  True: 5,
}

/** `page`: this rebuttal's own address; `home`: the list's. The claim has no author: who made it is not said. */
export function claimReview(rebuttal: Rebuttal, page: string, home: string) {
  const { publishedAt, updatedAt, claim, text, rating, office, link } = rebuttal
  const published = new Date(publishedAt ?? updatedAt).toISOString()
  return {
    '@context': 'https://schema.org',
    '@type': 'ClaimReview',
    url: page,
    datePublished: published,
    dateModified: new Date(updatedAt).toISOString(),
    claimReviewed: claim,
    reviewBody: text,
    author: { '@type': 'Organization', name: office, url: home },
    reviewRating: {
      '@type': 'Rating',
      ratingValue: RATING_VALUES[rating],
      bestRating: 5,
      worstRating: 1,
      alternateName: rating,
    },
    itemReviewed: { '@type': 'Claim', name: claim },
    citation: link,
  }
}

/** JSON for a script element: no `<` can end the element, whatever the texts hold. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}
