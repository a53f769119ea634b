/** Reads only what the gate lets through: most of a network's posts say nothing about an election. */
import type { Gate } from './gate.ts'
import type { Reader, Reading } from './reading.ts'

/**
 * Gives the same readings as `readAll` for less: of a text without a word of an election nothing is read but by the
 * gate, here, and it crosses to no other thread. `nothing` is what is said of such a text.
 */
export function createGatedReader(readAll: Reader, gate: Gate, nothing: Reading): Reader {
  return async function readWhatMatters(posts, hasty) {
    const matters = posts.map(({ text }) => {
      const { election, candidate } = gate(text)
      return election || candidate
    })
    const readings = (
      await readAll(
        posts.filter((_, i) => matters[i]),
        hasty,
      )
    ).values()
    return matters.map((one) => (one ? readings.next().value! : nothing))
  }
}
