/**
 * Voices: how many people say a thing. An account is one voice for an hour, however often it posts. The detector judges
 * voices and not posts, as disease surveillance counts patients and not visits; that one text copied by many is one text
 * is judged where a burst is told (describe.ts).
 */
import { ALARM_LANGUAGES } from '../../classify/contract.ts'
import { param, sql, type Sql } from '../../classify/store/sql.ts'

/** Posts in a language that raises alarms: the detector and the spikes count no others. */
export const ALARMING = sql`language IN ${param.strings(ALARM_LANGUAGES)}`

/**
 * An account is remembered for this long after its last post: about as long as a spike lasts, and each late post touches
 * no more minutes than these.
 */
export const VOICE_MINUTES = 60

/** Whose voice a post is. Where a source names no account, each post is one. */
const VOICE = sql`if(author = '', toString(post), author)`
/** Of the voice, and much faster to look up; two that share a number are told apart later. */
const VOICE_NUMBER = sql`if(author = '', post, cityHash64(author))`

/**
 * Voices by minute, place and narrative in minutes `from` to `to`: accounts that assert the narrative at the place in the
 * minute and did not in the hour before it. A function of the stored set alone.
 *
 * Of the hour before, only what these accounts posted is read whole: PREWHERE goes before FINAL, which may be, for however
 * often a post is stored, its account is the same. It is a tenth of the work of reading all.
 */
export function selectVoices(from: number, to: number): Sql {
  const asserted = sql`stance = 'asserts' AND ${ALARMING}`
  return sql`
    SELECT minute, place, narrative, toUInt32(count()) AS voices
    FROM (
      SELECT minute, place, narrative,
        lagInFrame(minute) OVER (PARTITION BY place, narrative, voice ORDER BY minute) AS before
      FROM (
        SELECT DISTINCT minute, arrayJoin(counted_places) AS place, arrayJoin(narratives) AS narrative,
          ${VOICE} AS voice
        FROM posts FINAL
        PREWHERE minute BETWEEN ${param.int(from - VOICE_MINUTES)} AND ${param.int(to)} AND ${VOICE_NUMBER} IN (
          SELECT ${VOICE_NUMBER} FROM posts
          WHERE minute BETWEEN ${param.int(from)} AND ${param.int(to)} AND ${asserted}
        )
        WHERE ${asserted}
      )
    )
    WHERE minute >= ${param.int(from)} AND (before = 0 OR minute - before > ${param.int(VOICE_MINUTES)})
    GROUP BY minute, place, narrative`
}

/** The minutes, up to `last`, whose voices may change when posts are added to these; in order. */
export function heardFrom(minutes: readonly number[], last: number): number[] {
  const touched = new Set<number>()
  for (const minute of minutes)
    for (let m = minute; m <= Math.min(last, minute + VOICE_MINUTES); m++) touched.add(m)
  return [...touched].sort((a, b) => a - b)
}
