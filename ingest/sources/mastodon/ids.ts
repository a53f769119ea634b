/** A server's own ids, which grow with time: numbers written out, or (Pleroma, GoToSocial) texts of one length. */

/** The one that is later; null is earlier than any. */
export function newer(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  if (a.length !== b.length) return a.length > b.length ? a : b
  return a > b ? a : b
}
