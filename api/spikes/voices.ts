/**
 * Voices: how many people say a thing in how many words. One account is one voice however often it posts, and copies of
 * one text grow only as the logarithm of the accounts that spread it; so neither a loud account nor a network of copiers
 * is taken for many people.
 */
import { param, sql, type Sql } from '../../classify/store/sql.ts'

/**
 * An account or a text is remembered for this long after its last post: about as long as a spike of the usual length,
 * and each late post touches no more minutes than these.
 */
export const VOICE_MINUTES = 60
/** Weights are whole thousandths, so that their sum is the same in whatever order it is taken. */
export const VOICE_UNIT = 1_000

/**
 * Voices by minute, place and narrative in minutes `from` to `to`, in thousandths. Of the posts that assert the narrative
 * at the place, an account's first one in a minute counts if the account was silent there for the hour before, and weighs
 * 1/n where it is the n-th to bring its text there within the hour: n accounts with one text are 1 + 1/2 + … + 1/n voices,
 * about 0.6 + ln n, as search engines weigh a word that is repeated (sublinear term frequency: Manning, Raghavan and
 * Schütze 2008, ch. 6.4.1). Where a source names no account, each post is one. A function of the stored set alone: within
 * a minute only the number of posts matters, or (an account with several texts) the order by time and id.
 */
export function selectVoices(from: number, to: number): Sql {
  return sql`
    SELECT minute, place, narrative, toUInt32(sum(weight)) AS voices
    FROM (
      SELECT minute, place, narrative,
        sum(bringing) OVER (PARTITION BY place, narrative, text ORDER BY minute
          RANGE BETWEEN ${param.int(VOICE_MINUTES)} PRECEDING AND 1 PRECEDING) AS known,
        arraySum(arrayMap(i -> intDiv(${param.int(VOICE_UNIT)}, known + i), range(1, fresh + 1))) AS weight
      FROM (
        SELECT minute, place, narrative, text, count() AS bringing,
          countIf(before = 0 OR minute - before > ${param.int(VOICE_MINUTES)}) AS fresh
        FROM (
          SELECT minute, place, narrative, text,
            lagInFrame(minute) OVER (PARTITION BY place, narrative, voice ORDER BY minute) AS before
          FROM (
            SELECT minute, arrayJoin(counted_places) AS place, arrayJoin(narratives) AS narrative,
              if(author = '', toString(post), author) AS voice, argMin(text_key, (created_at, post)) AS text
            FROM posts FINAL
            WHERE minute BETWEEN ${param.int(from - VOICE_MINUTES)} AND ${param.int(to)} AND stance = 'asserts'
            GROUP BY minute, place, narrative, voice
          )
        )
        GROUP BY minute, place, narrative, text
      )
    )
    WHERE minute >= ${param.int(from)}
    GROUP BY minute, place, narrative`
}

/** The minutes, up to `last`, whose voices may change when posts are added to these; in order. */
export function heardFrom(minutes: readonly number[], last: number): number[] {
  const touched = new Set<number>()
  for (const minute of minutes)
    for (let m = minute; m <= Math.min(last, minute + VOICE_MINUTES); m++) touched.add(m)
  return [...touched].sort((a, b) => a - b)
}
