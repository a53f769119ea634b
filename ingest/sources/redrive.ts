/** Dead letters read again: by another map, or by code that has learnt their shape since. */
import { FIRST_POSTS } from '../base/timestamps.ts'
import type { DeadLetter, Post } from '../contract.ts'
import { capturedWindow, type Normalize } from '../normalize.ts'
import { parseMap } from './shapes/columns.ts'
import { createRecognise, type Recognise } from './shapes/recognise.ts'
import { fieldsOf } from './shapes/shape.ts'

export type Redriven = { ok: true; posts: Post[] } | { ok: false; why: string }

/**
 * Makes the step from a dead letter to the posts that it holds, with the ids that they would have had. A time that is
 * no good is replaced by the time of capture, and the post is marked. `normalize` has to know accounts that are hashed.
 * Throws SourceError `bad_map`.
 */
export function createRedrive(normalize: Normalize, map: string | null) {
  const recognise = createRecognise(map === null ? null : parseMap(map), null)
  return function redrive(letter: DeadLetter): Redriven {
    try {
      return read(letter, recognise, normalize)
    } catch (error) {
      if (error instanceof SyntaxError) return { ok: false, why: 'what is kept of it is no JSON' }
      throw error
    }
  }
}

function read(letter: DeadLetter, recognise: Recognise, normalize: Normalize): Redriven {
  const { source, payload, capturedAt } = letter
  const value: unknown = JSON.parse(payload)
  const [, part] = /#L\d+\.(\d+)/.exec(letter.id) ?? []
  const fields = fieldsOf(part !== undefined && Array.isArray(value) ? value[Number(part) - 1] : value)
  if (fields === null) return { ok: false, why: 'it is no object with fields' }
  // A record of a topic is named by its partition and offset.
  const [, partition, offset] = /^kafka:[^/]+\/(\d+)\/(\d+)$/.exec(letter.id) ?? []
  const fallbackId =
    partition === undefined ? letter.id.slice(letter.id.lastIndexOf('#') + 1) : `${partition}-${offset}`
  const found = recognise(fields, { prefix: `${source}/`, fallbackId }, payload)
  if (found.kind === 'nothing' || found.kind === 'like') return { ok: false, why: 'it holds no post' }
  if (found.kind === 'bad') return { ok: false, why: found.detail }
  if (found.kind === 'change') return { ok: false, why: 'it deletes or edits a post and is none' }
  const posts: Post[] = []
  for (const draft of found.drafts) {
    const id =
      source.startsWith('push:') && !draft.id.startsWith(`${source}/`) ? `${source}/${draft.id}` : draft.id
    const window = capturedWindow(capturedAt, FIRST_POSTS)
    const at = draft.capturedAt ?? capturedAt
    const made = normalize({ ...draft, id }, { source, window, capturedAt: at, payload })
    if (!made.ok) return { ok: false, why: made.detail }
    posts.push(made.post)
  }
  return { ok: true, posts }
}
