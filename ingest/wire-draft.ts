/** A post's columns (`wire.ts`) as a draft of their JSON. */
import type { Post } from './contract.ts'
import type { Draft } from './topic/draft.ts'

/** Null where a number of the post is none that JSON has. */
export function draftOf(post: Post): Draft | null {
  const { id, source, createdAt, capturedAt, text, evidence } = post
  if (!Number.isFinite(createdAt + capturedAt)) return null
  const draft = {
    line: `["${id}","${source}",${createdAt},${capturedAt},"${text}","${evidence.sha256}"`,
    quotes: 8,
  }
  /** What most posts lack comes last, and is left out where nothing follows. */
  let lacking = addText(draft, post.author, '')
  lacking = addText(draft, evidence.cid, lacking)
  lacking = addText(draft, post.url, lacking)
  lacking = addList(draft, post.langs, lacking)
  lacking = addText(draft, post.repostOf, lacking)
  lacking = addText(draft, post.replyTo, lacking)
  lacking = addText(draft, post.quoteOf, lacking)
  lacking = addText(draft, post.placeHint, lacking)
  addList(draft, post.marks, lacking)
  draft.line += ']'
  return draft
}

/** Gives the columns before the next that were not written yet. */
function addText(draft: Draft, text: string | null, lacking: string): string {
  if (text === null) return `${lacking},null`
  draft.line += `${lacking},"${text}"`
  draft.quotes += 2
  return ''
}

function addList(draft: Draft, texts: readonly string[], lacking: string): string {
  if (texts.length === 0) return `${lacking},null`
  draft.line += `${lacking},["${texts.length === 1 ? texts[0] : texts.join('","')}"]`
  draft.quotes += 2 * texts.length
  return ''
}
