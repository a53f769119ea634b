/** Closing what was opened, on the way out. */

/**
 * Runs all of them, one after the other, whatever one of them throws: what is left open keeps the process, and then nobody
 * starts it again. Then throws the first that was thrown.
 */
export async function closeInTurn(closers: Iterable<() => Promise<void>>): Promise<void> {
  const failures: unknown[] = []
  for (const close of closers) await close().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}
