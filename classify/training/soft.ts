/** Texts that the encoder's teachers judged: what the small model learns to foresee. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'

/** Probabilities of a line: the main narrative (7, add up to 1), narratives that hold (5), stances (5), the flag. */
const PROBABILITIES = 18
export const NARRATIVE = 7
export const STANCE = 12
export const FLAG = 17

const softSchema = z.object({ text: z.string(), p: z.array(z.number().min(0).max(1)).length(PROBABILITIES) })

/** `text` is plain already (model/plain.ts). */
export type Soft = z.infer<typeof softSchema>

/** Every tenth text is kept from learning, by its own hash: the same ones whatever the order of the file. */
const HELD_OUT_OF = 10

function isHeldOut(text: string): boolean {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 8) % HELD_OUT_OF === 0
}

export interface SoftParts {
  learned: Soft[]
  heldOut: Soft[]
}

/** Reads JSON lines of Soft. Throws SyntaxError that names the first line which is none. */
export async function readSoft(path: string): Promise<SoftParts> {
  const parts: SoftParts = { learned: [], heldOut: [] }
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path) })) {
    number++
    const soft = softSchema.safeParse(parse(line))
    if (!soft.success)
      throw new SyntaxError(`${path} line ${number} is no judged text: ${z.prettifyError(soft.error)}`)
    ;(isHeldOut(soft.data.text) ? parts.heldOut : parts.learned).push(soft.data)
  }
  return parts
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // The schema refuses it, and the caller names the line.
    return undefined
  }
}
