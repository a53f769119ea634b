/**
 * What the store lacks after a restore is in the topic still, if its brokers live: the classify role is set back to where
 * it stood when the backup was begun. What it judges again it stores as the same rows.
 */
import { TopicError } from '../../../ingest/topic/topic.ts'
import { checkNobodyReads, setBackTopics, topicStands, type BackendsOptions } from '../backends.ts'
import { FailedError } from '../command.ts'
import type { Manifest } from './backup.ts'

export type SetBack = Awaited<ReturnType<typeof setBackTopics>>[number]

const MINUTE_MS = 60_000
/** By so much the clock of whoever made the backup may be ahead of the brokers', by which records are timed. */
const CLOCKS_MS = 15 * MINUTE_MS
/** A backup of earlier versions says when it was over: a large store takes this long. */
const MAKING_MS = 120 * MINUTE_MS

/** Where the topic's readers stand. A store can be saved while the brokers are away; the time alone has to do then. */
export async function readWhereTopicsStand(
  where: BackendsOptions,
  warn: (text: string) => void,
): Promise<Manifest['topics']> {
  try {
    return (await topicStands(where)) ?? undefined
  } catch (error) {
    if (!(error instanceof TopicError && error.code === 'unavailable')) throw error
    warn(
      `${error.message}; the backup does not say how far the posts were judged, and a restore goes by its time alone`,
    )
    return undefined
  }
}

/**
 * Throws FailedError where somebody reads the topic: that member would commit its own offsets over those set back, and
 * write into the store before it is whole.
 */
export const refuseWhileRead = (where: BackendsOptions): Promise<void> =>
  unread(() => checkNobodyReads(where))

/** Throws FailedError as `refuseWhileRead` does. */
export async function setTopicsBack(
  where: BackendsOptions,
  { begunAt, madeAt, topics }: Manifest,
): Promise<SetBack[]> {
  const begun = begunAt === undefined ? Date.parse(madeAt) - MAKING_MS : Date.parse(begunAt)
  return unread(() => setBackTopics(where, { time: begun - CLOCKS_MS, stands: topics ?? {} }))
}

async function unread<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TopicError && error.code === 'in_use')) throw error
    throw new FailedError(
      `${error.message}: stop every \`classify\` first (one that was killed is forgotten after some seconds), restore, then start them: they judge again what came after the backup`,
      { cause: error },
    )
  }
}
