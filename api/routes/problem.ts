/** RFC 9457: every error that the API answers with is a problem document with a stable `code`. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from '@hono/zod-openapi'
import { StoreError } from '../../classify/store/store.ts'
import { problemSchema, type Problem } from '../contract.ts'
import { DeskError, type DeskErrorCode } from '../desk/errors.ts'

/** A refusal that a route makes by itself. */
export class RequestError extends Error {
  override name = 'RequestError'
  constructor(
    readonly status: ContentfulStatusCode,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Wrong host',
  422: 'Cannot be taken',
  429: 'Too many',
  500: 'Something went wrong',
  503: 'Not available now',
}

export function problem(
  c: Context,
  status: ContentfulStatusCode,
  code: string,
  detail: string,
  more: Pick<Problem, 'errors' | 'line' | 'accepted'> = {},
): Response {
  const body: Problem = {
    type: `urn:tallywatch:problem:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail,
    ...more,
  }
  return c.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json' })
}

/** For a route's list of responses. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

export function problemResponse(description: string) {
  return { description, content: { 'application/problem+json': { schema: problemSchema } } }
}

/** What the routes answer to a request that their schemas refuse. */
export function refuseInvalid(result: { success: boolean; error?: z.ZodError; target?: string }, c: Context) {
  if (result.success || result.error === undefined) return undefined
  const errors = result.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }))
  const detail = errors
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
    .join('; ')
  return problem(c, 400, 'invalid_request', detail, { errors })
}

const DESK_STATUS: Readonly<Record<DeskErrorCode, ContentfulStatusCode>> = {
  not_found: 404,
  wrong_state: 409,
  same_person: 409,
  bad_link: 400,
  unknown_spike: 404,
  busy: 503,
  newer_version: 500,
  unavailable: 503,
}

/** Turns what a handler threw into a problem; what nobody expected is told to `onError`, and not to the client. */
export function createErrorHandler(onError: (error: unknown) => void) {
  return function handleError(error: Error, c: Context): Response {
    if (error instanceof RequestError) return problem(c, error.status, error.code, error.message)
    if (error instanceof DeskError && DESK_STATUS[error.code] < 500) {
      return problem(c, DESK_STATUS[error.code], error.code, error.message)
    }
    if (error instanceof HTTPException && error.status < 500) return ofException(c, error)
    onError(error)
    if (error instanceof StoreError && error.code === 'unavailable') {
      return problem(
        c,
        503,
        'store_unavailable',
        'the store does not answer now; nothing is lost, try again soon',
      )
    }
    if (error instanceof DeskError && error.code === 'busy') return problem(c, 503, error.code, error.message)
    if (error instanceof DeskError || isClosed(error)) {
      return problem(c, 503, 'desk_unavailable', 'the desk does not answer now; try again soon')
    }
    return problem(
      c,
      500,
      'internal_error',
      'the request could not be answered; the log of this server says why',
    )
  }
}

function ofException(c: Context, error: HTTPException): Response {
  const headers = error.res?.headers.get('www-authenticate')
  if (headers) c.header('www-authenticate', headers)
  if (error.status === 401) return problem(c, 401, 'sign_in', "a name and this desk's password are needed")
  if (error.status === 413)
    return problem(c, 413, 'too_large', 'the request is larger than any that this route takes')
  if (error.message.startsWith('Malformed JSON'))
    return problem(c, 400, 'malformed_json', 'the body is not JSON')
  return problem(c, error.status, 'bad_request', error.message)
}

/** The database's own error is the cause of what is thrown. */
function isClosed(error: Error): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name !== 'LibsqlError' || !('code' in cause)) continue
    if (cause.code === 'CLIENT_CLOSED' || cause.code === 'SQLITE_BUSY') return true
  }
  return false
}
