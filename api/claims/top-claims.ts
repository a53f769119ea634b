/** What is said most among some posts. */
import { unchangedCondition } from '../../classify/changes.ts'
import { param, sql, type Sql } from '../../classify/store/sql.ts'
import type { Store } from '../../classify/store/store.ts'
import type { TopClaim } from '../contract.ts'
import type { ClaimIndex } from './claims.ts'

/** Distinct texts that are added up, the most repeated of them; a night's largest spike has a tenth of these. */
const TEXTS_MAX = 50_000
/** Texts of one claim, most repeated first, of which the accounts are counted; some sixty have been seen. */
const WORDINGS_MAX = 1_000

interface Counted {
  id: string
  posts: number
  first: number
  /** Its texts among these posts, most repeated first. */
  keys: string[]
}

interface Described {
  claim: string
  said: string
  authors: number
  example: string
  repostOf: string
  /** A text of its others. */
  other: string
}

export interface TopClaimsQuery {
  store: Store
  claims: ClaimIndex
  /** Of which posts. */
  condition: Sql
  most: number
  /** Words of posts that were edited or deleted since. */
  changedPosts: 'hold' | 'keep'
}

/** The `most` claims with the most posts, of equals the earlier. */
export async function readTopClaims(query: TopClaimsQuery): Promise<TopClaim[]> {
  const { store, claims, condition, most, changedPosts } = query
  const shown = (among: Sql): Sql => (changedPosts === 'hold' ? unchangedCondition(among) : sql`1`)
  const top = (await countClaims(store, condition, claims)).slice(0, most)
  if (top.length === 0) return []
  const rows = new Map((await describe(store, condition, top, shown)).map((row) => [row.claim, row]))
  const reposted = [...rows.values()].filter(({ said }) => said === '').map(({ repostOf }) => repostOf)
  const originals = await readTexts(store, reposted, shown)
  return top.map(({ id, posts, first, keys }) => {
    const { said, authors, example, repostOf, other } = rows.get(id)!
    return {
      id,
      text: said || originals.get(repostOf) || other,
      posts,
      authors,
      texts: keys.length,
      first,
      example,
    }
  })
}

async function countClaims(store: Store, condition: Sql, index: ClaimIndex): Promise<Counted[]> {
  const texts = await store.query<{ key: string; posts: number; first: number }>(sql`
    SELECT toString(text_key) AS key, toUInt32(uniqExact(post)) AS posts,
      toFloat64(toUnixTimestamp64Milli(min(created_at))) AS first
    FROM posts FINAL WHERE ${condition} GROUP BY text_key ORDER BY posts DESC, first, key
    LIMIT ${param.int(TEXTS_MAX)}`)
  const claims = new Map<string, Counted>()
  for (const { key, posts, first } of texts) {
    const id = index.idOf(key)
    const claim = claims.get(id)
    if (claim === undefined) claims.set(id, { id, posts, first, keys: [key] })
    else {
      claim.posts += posts
      claim.first = Math.min(claim.first, first)
      claim.keys.push(key)
    }
  }
  return [...claims.values()].sort((a, b) => b.posts - a.posts || a.first - b.first || (a.id < b.id ? -1 : 1))
}

/** Text and example are those of a claim's most repeated text; of what may be `shown`. */
function describe(
  store: Store,
  condition: Sql,
  top: readonly Counted[],
  shown: (among: Sql) => Sql,
): Promise<Described[]> {
  const texts = top.flatMap(({ id, keys }) => keys.slice(0, WORDINGS_MAX).map((key) => ({ id, key })))
  const keys = param.strings(texts.map(({ key }) => key))
  const ids = param.strings(texts.map(({ id }) => id))
  const most = sql`has(${param.strings(top.map((claim) => claim.keys[0]!))}, toString(text_key))`
  const posts = sql`${condition} AND text_key IN (SELECT toUInt64(arrayJoin(${keys})))`
  return store.query<Described>(sql`
    SELECT transform(toString(text_key), ${keys}, ${ids}) AS claim,
      argMinIf(text, (text = '', created_at, post), ${most} AND shown) AS said,
      toUInt32(uniqExactIf(author, author != '')) AS authors,
      argMinIf(id, (created_at, id), ${most}) AS example,
      coalesce(anyIf(repost_of, ${most}), '') AS repostOf,
      argMinIf(text, (text = '', created_at, post), shown) AS other
    FROM (SELECT *, ${shown(posts)} AS shown FROM posts FINAL WHERE ${posts})
    GROUP BY claim`)
}

/** A text that only reposts carry here is looked up where its original stands. */
async function readTexts(
  store: Store,
  ids: readonly string[],
  shown: (among: Sql) => Sql,
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const these = sql`id IN ${param.strings(ids)}`
  const rows = await store.query<{ id: string; text: string }>(sql`
    SELECT id, text FROM posts FINAL WHERE ${these} AND ${shown(these)}`)
  return new Map(rows.map(({ id, text }) => [id, text]))
}
