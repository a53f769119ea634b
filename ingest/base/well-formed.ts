/** Texts that UTF-8 can say: without halves of surrogate pairs. JSON can carry such halves (`\ud800`); no store takes them. */

/** In every Node that we run on, and not yet in TypeScript's ES2023. */
type WellFormed = string & { isWellFormed(): boolean; toWellFormed(): string }

export function isWellFormed(text: string): boolean {
  return (text as WellFormed).isWellFormed()
}

/** Each half becomes U+FFFD. */
export function toWellFormed(text: string): string {
  return (text as WellFormed).toWellFormed()
}

/** Whether all texts in a value out of JSON are well-formed, the names of its fields too. */
export function isAllWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return isWellFormed(value)
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isAllWellFormed)
  return Object.entries(value).every(([name, one]) => isWellFormed(name) && isAllWellFormed(one))
}
