import type { LibSQLDatabase } from 'drizzle-orm/libsql'

/**
 * Every write to the desk is one batch: libSQL runs it as one transaction, without a pause in which another writer of
 * this process could wait for a lock that only this one can give back.
 */
export type DeskDb = LibSQLDatabase
