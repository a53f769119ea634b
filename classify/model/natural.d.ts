/** The submodules of natural that are used; its own types cover only the package root, which loads database drivers. */
declare module 'natural/lib/natural/tokenizers/aggressive_tokenizer.js' {
  export default class AggressiveTokenizer {
    tokenize(text: string): string[]
  }
}

declare module 'natural/lib/natural/stemmers/porter_stemmer.js' {
  const porterStemmer: { stem(token: string): string }
  export default porterStemmer
}
declare module 'natural/lib/natural/classifiers/bayes_classifier.js' {
  export default class BayesClassifier {
    constructor(stemmer: { stem(word: string): string })
    addDocument(text: string, label: string): void
    train(): void
    classify(text: string): string
  }
}
