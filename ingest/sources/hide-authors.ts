/** What is kept of input that was set aside names nobody: accounts are hashed in it as they are in posts. */
import { createHmacSha256 } from '../base/hmac.ts'
import { fieldsOf } from './shapes/shape.ts'

/** Marks an account that is hashed already; no network's names look like it. */
export const HASHED = /^hmac:([0-9a-f]{64})$/

/** Fields that name an account, without case, `_` and `-`; all that lies in them is hashed. */
const ACCOUNT = new Set([
  'author',
  'authorid',
  'user',
  'userid',
  'username',
  'userscreenname',
  'screenname',
  'account',
  'accountid',
  'acct',
  'handle',
  'displayname',
])
/** Lie in an account's object and name nobody; a place is read from there. */
const HARMLESS = new Set(['location', 'lang'])
/** A payload that is cut off or broken is no JSON: its fields are found by their look. */
const PAIR = /"([\w-]{2,40})"(\s*:\s*)(?:"((?:[^"\\]|\\.)*)"|(\d{1,40}))/g
/** A number that would lose its last digits if it were read; ids are written so. */
const LONG_NUMBER = /[:[,]\s*-?\d{16,}/
/** Deeper than any network nests. */
const DEPTH_MAX = 12

/**
 * Makes the step. Accounts become `hmac:` and the same HMAC that a post of theirs would have. A DID is part of the
 * post's public id and stays, as it does there. Rows of CSV without their header cannot be told apart, and stay.
 */
export function createHideAuthors(authorKey: Buffer | string): (payload: string) => string {
  const hmac = createHmacSha256(authorKey)
  const hide = (value: string): string => (HASHED.test(value) ? value : `hmac:${hmac(value)}`)
  const isAccount = (name: string): boolean => ACCOUNT.has(name.toLowerCase().replaceAll(/[_-]/g, ''))

  function walk(value: unknown, within: boolean, depth: number): unknown {
    if (depth > DEPTH_MAX) return null
    if (Array.isArray(value)) return value.map((item) => walk(item, within, depth + 1))
    const fields = fieldsOf(value)
    if (fields !== null) {
      return Object.fromEntries(
        Object.entries(fields).map(([name, inner]) => [
          name,
          walk(inner, (within && !HARMLESS.has(name)) || isAccount(name), depth + 1),
        ]),
      )
    }
    if (!within || (typeof value !== 'string' && typeof value !== 'number') || value === '') return value
    return hide(String(value))
  }

  const byLook = (payload: string): string =>
    payload.replaceAll(PAIR, (pair, name: string, colon: string, text?: string, digits?: string) =>
      isAccount(name) ? `"${name}"${colon}"${hide(text ?? digits ?? '')}"` : pair,
    )

  return function hideAuthors(payload) {
    try {
      if (LONG_NUMBER.test(payload)) return byLook(payload)
      return JSON.stringify(walk(JSON.parse(payload), false, 0))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return byLook(payload)
    }
  }
}
