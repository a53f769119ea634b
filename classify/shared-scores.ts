/**
 * Nito-ELD's small n-grams in a third of their memory. The library keeps an object of its own for each of 81,206 n-grams,
 * of 18,000 that differ, and V8 keeps a place in each for every language up to the last that it names: 44 MB, which its
 * collector marks again and again. Here n-grams with the same scores share one object, kept as a dictionary: 15 MB, the same
 * results in the same time. The library reads them and never writes (2.1.0); its package offers them to nobody, so that they
 * are taken from where its own entry takes them.
 */

/** Of each n-gram, by the number of a language: how much speaks for it. */
export type Scores = Record<string, Record<string, number>>

/** A number beyond all languages: V8 keeps the few that are there in a dictionary from when it was one of them. */
const FAR = 1_000_000

function asDictionary(scores: Record<string, number>): Record<string, number> {
  const sparse: Record<string, number> = { [FAR]: 0 }
  Object.assign(sparse, scores)
  delete sparse[FAR]
  return sparse
}

/** Puts one object in the place of all that are alike. */
export function shareScores(ngrams: Scores): void {
  const known = new Map<string, Record<string, number>>()
  for (const ngram in ngrams) {
    const text = JSON.stringify(ngrams[ngram])
    let shared = known.get(text)
    if (shared === undefined) known.set(text, (shared = asDictionary(ngrams[ngram]!)))
    ngrams[ngram] = shared
  }
}

/** Those that `eld/small` reads. Rejects where the package has another form. */
export async function loadNgrams(): Promise<Scores> {
  const { href } = new URL('../ngrams/small.js', import.meta.resolve('eld/small'))
  const { ngramsData } = (await import(href)) as { ngramsData: { ngrams: Scores } }
  return ngramsData.ngrams
}
