import type { Post } from '../../ingest/contract.ts'

type Told = Pick<Post, 'id' | 'source' | 'createdAt' | 'capturedAt' | 'text'>

/** A post that has nothing beside what every post must have. */
export function barePost(told: Told & Partial<Post>): Post {
  return {
    url: null,
    author: null,
    langs: [],
    replyTo: null,
    repostOf: null,
    quoteOf: null,
    placeHint: null,
    marks: [],
    evidence: { cid: null, sha256: '' },
    ...told,
  }
}
