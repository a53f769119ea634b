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

/**
 * Voices by minute, place and narrative in minutes `from` to `to`: accounts that assert the narrative at the place in the
 * minute and did not in the hour before it. Where a source names no account, each post is one. A function of the stored
 * set alone.
 */
export function selectVoices(from: number, to: number): Sql {
  return sql`
    SELECT minute, place, narrative, toUInt32(count()) AS voices
    FROM (
      SELECT minute, place, narrative,
        lagInFrame(minute) OVER (PARTITION BY place, narrative, voice ORDER BY minute) AS before
      FROM (
        SELECT DISTINCT minute, arrayJoin(counted_places) AS place, arrayJoin(narratives) AS narrative,
          if(author = '', toString(post), author) AS voice
        FROM posts FINAL
        WHERE minute BETWEEN ${param.int(from - VOICE_MINUTES)} AND ${param.int(to)} AND stance = 'asserts'
          AND ${ALARMING}
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
