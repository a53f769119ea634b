/** Which shape a record has. */
import { ID_MAX } from '../../normalize.ts'
import { checkMap, createColumnFinder, readColumns, type Columns } from './columns.ts'
import { readJetstreamFrame, toJetstreamFrame } from './jetstream.ts'
import { isMastodonStatus, readMastodonStatus } from './mastodon.ts'
import { bad, changeOf, type Fields, type Recognised, type RecordPlace } from './shape.ts'
import { isXPost, readXPosts } from './x.ts'

/** `raw` is the record as it was written, where that is JSON. Throws SourceError when the first record lacks a mapped column. */
export type Recognise = (fields: Fields, place: RecordPlace, raw: string | null) => Recognised

/** Makes the step from a record to drafts. With a map every record is read by its columns, and the first must have them; `where` names it (null: not checked). */
export function createRecognise(map: Columns | null, where: string | null): Recognise {
  const findColumns = createColumnFinder(map)
  let checked = false

  function read(fields: Fields, place: RecordPlace, raw: string | null): Recognised {
    if (map === null) {
      const frame = toJetstreamFrame(fields)
      if (frame !== null) return readJetstreamFrame(frame)
      if (isMastodonStatus(fields)) return readMastodonStatus(fields)
      if (isXPost(fields)) return readXPosts(fields, place)
    }
    return readColumns(fields, findColumns(fields), place, raw)
  }

  return function recognise(fields, place, raw) {
    if (!checked && map !== null && where !== null) checkMap(map, fields, where)
    checked = true
    const found = read(fields, place, raw)
    // It might be longer than the topic takes.
    return (changeOf(found)?.subject.length ?? 0) > ID_MAX
      ? bad('invalid_record', 'It says what became of a post, by an id that is longer than any.')
      : found
  }
}
