/** What is kept of input that was set aside names nobody: accounts are hashed in it as they are in posts. */
import { createHmacSha256 } from '../base/hmac.ts'

/** Marks an account that is hashed already; no network's names look like it. */
export const HASHED = /^hmac:([0-9a-f]{64})$/

/** Fields that name accounts, by their letters alone; all that lies in them is hashed. No field that may hold a text. */
const ACCOUNT =
  /^(?:from|inreplyto)?(?:(?:author|user|account)s?(?:id|(?:full|user|screen|display)?name|handle|url)?|(?:screen|display)name|acct|handle)(?:str)?$|^(?:user)?mentions$/
/** Lie in an account's object and name nobody; a place is read from there. */
const HARMLESS = new Set(['location', 'lang'])

/**
 * What JSON is made of: texts, marks, numbers and words. Not by a parser: a payload may be cut off, also in the midst of a
 * text, or broken, and ids beyond 2^53 would lose their last digits.
 */
const TOKEN = /"(?:[^"\\]|\\.)*(?:"|\\?$)|[{}[\],:]|[^\s"{}[\],:]+/gs
const COLON = /\s*:/y
const WORDS = new Set(['true', 'false', 'null'])

/**
 * Makes the step. Accounts become `hmac:` and the same HMAC that a post of theirs would have. A DID is part of the
 * post's public id and stays, as it does there. Rows of CSV without their header cannot be told apart, and stay.
 */
export function createHideAuthors(authorKey: Buffer | string): (payload: string) => string {
  return createHide(createHmacSha256(authorKey), isAccount)
}

/** The same for the field that a map gives as the author's (`user.name`), whatever it is called. */
export function createHideField(
  hmac: (account: string) => string,
  field: string,
): (payload: string) => string {
  return createHide(hmac, (_, path) => path === field)
}

function isAccount(name: string): boolean {
  return ACCOUNT.test(name.toLowerCase().replaceAll(/[^a-z]/g, ''))
}

/** `isOfAccount` is asked for each field, by its name and by those on the way to it. */
function createHide(
  hmac: (account: string) => string,
  isOfAccount: (name: string, path: string) => boolean,
): (payload: string) => string {
  const hide = (value: string): string => (HASHED.test(value) ? value : `hmac:${hmac(value)}`)

  return function hideAuthors(payload: string): string {
    /** The objects and arrays that are open: the names on the way there, and whether all in them is of an account. */
    const open: { path: string; within: boolean }[] = [{ path: '', within: false }]
    let name: string | null = null
    const pathOf = (outer: string): string =>
      name === null ? outer : outer === '' ? name : `${outer}.${name}`
    const isHidden = (): boolean => {
      const { path, within } = open.at(-1)!
      if (name === null) return within
      return (within && !HARMLESS.has(name)) || isOfAccount(name, pathOf(path))
    }
    const follows = (end: number): boolean => {
      COLON.lastIndex = end
      return COLON.test(payload)
    }
    return payload.replaceAll(TOKEN, (token, at: number) => {
      if (token === ':') return token
      if (token === '{' || token === '[') {
        open.push({ path: pathOf(open.at(-1)!.path), within: isHidden() })
        name = null
      } else if (token === '}' || token === ']') {
        if (open.length > 1) open.pop()
        name = null
      } else if (token === ',') name = null
      else if (token.startsWith('"') && name === null && follows(at + token.length)) name = textOf(token)
      else if (!WORDS.has(token) && token !== '""' && isHidden()) return `"${hide(textOf(token))}"`
      return token
    })
  }
}

function textOf(token: string): string {
  if (!token.startsWith('"')) return token
  try {
    return JSON.parse(token) as string
  } catch {
    // Cut off, or with what is no escape.
    return token.replaceAll('"', '')
  }
}
