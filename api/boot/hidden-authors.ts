import { createHideAuthors } from '../../ingest/sources/hide-authors.ts'
import type { Topics } from './backends.ts'

/** The topics, with the accounts hashed in whatever is set aside: it is kept, and looked at by people. */
export function withHiddenAuthors(topics: Topics, authorKey: string): Topics {
  const hideAuthors = createHideAuthors(authorKey)
  const { deadLetters } = topics
  return {
    ...topics,
    deadLetters: {
      ...deadLetters,
      publish: (records) =>
        deadLetters.publish(
          records.map((record) => ({
            ...record,
            value: { ...record.value, payload: hideAuthors(record.value.payload) },
          })),
        ),
    },
  }
}
