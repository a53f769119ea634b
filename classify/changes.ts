/** What became of posts after they were captured (edited, deleted, their account gone): stored apart, and read back. */
import { hash64 } from '../ingest/base/hash.ts'
import type { Change } from '../ingest/contract.ts'
import { joinSql, param, sql, type Sql } from './store/sql.ts'
import type { Row, Store } from './store/store.ts'

/** Subjects asked for at once: some 200 kB of a request. */
const ASKED_MAX = 10_000

export const CHANGE_COLUMNS = ['subject', 'change', 'at'] as const

export function changeRow({ of, subject, change, at }: Change): Row {
  return [changeSubject(of, subject), change, at]
}

/** What `post_changes` names a post or an account by. */
export function changeSubject(of: Change['of'], subject: string): string {
  return hash64(`${of} ${subject}`)
}

/** {@link changeSubject} in SQL, of columns of `posts`. */
const POST_SUBJECT = sql`reinterpretAsUInt64(reverse(substring(SHA256(concat('post ', id)), 1, 8)))`
const ACCOUNT_SUBJECT = sql`reinterpretAsUInt64(reverse(substring(SHA256(concat('account ', author)), 1, 8)))`

/**
 * Holds for posts of `among` (a condition on `posts`) whose words are as they were: not edited or deleted since, and
 * their account not gone. Only subjects of `among` are looked up, since changes are many more than posts.
 */
export function unchangedCondition(among: Sql): Sql {
  const lacks = (subject: Sql, change: Sql): Sql => sql`${subject} NOT IN (
    SELECT subject FROM post_changes FINAL
    WHERE subject IN (SELECT ${subject} FROM posts WHERE ${among}) AND ${change})`
  return joinSql(
    [
      lacks(POST_SUBJECT, sql`change IN ('edited', 'deleted')`),
      lacks(ACCOUNT_SUBJECT, sql`change = 'account_gone'`),
    ],
    ' AND ',
  )
}

/** A post as far as changes know it. */
export interface Subject {
  id: string
  author: string | null
}

/**
 * What became of each of these posts, in their order: the post's own change before its account's. Throws StoreError.
 */
export async function readChanges(
  store: Pick<Store, 'query'>,
  posts: readonly Subject[],
): Promise<('edited' | 'deleted' | 'account_gone' | null)[]> {
  // Recorded nights have none: then the ids need not be sent.
  const [all] = await store.query<{ kept: number }>(sql`SELECT toFloat64(count()) AS kept FROM post_changes`)
  if (all!.kept === 0) return posts.map(() => null)
  const keys = posts.map(({ id, author }) => ({
    post: changeSubject('post', id),
    account: author === null ? null : changeSubject('account', author),
  }))
  const wanted = [
    ...new Set(keys.flatMap(({ post, account }) => (account === null ? [post] : [post, account]))),
  ]
  const known = new Map<string, string>()
  for (let start = 0; start < wanted.length; start += ASKED_MAX) {
    const some = param.strings(wanted.slice(start, start + ASKED_MAX))
    const rows = await store.query<{ key: string; change: string }>(sql`
      SELECT toString(subject) AS key, change FROM post_changes FINAL
      WHERE subject IN (SELECT toUInt64(arrayJoin(${some})))`)
    for (const { key, change } of rows) known.set(key, change)
  }
  return keys.map(({ post, account }) => {
    const own = known.get(post)
    if (own === 'edited' || own === 'deleted') return own
    return account !== null && known.get(account) === 'account_gone' ? 'account_gone' : null
  })
}
