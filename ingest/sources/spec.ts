/** How a person names a source on the command line: `bluesky`, `file:posts.jsonl.gz`, `drill`. */
import { checkAddress } from './net/address.ts'
import { SourceError } from './source.ts'

export type SourceSpec =
  /** No address: the public instances. */
  | { kind: 'bluesky'; urls: readonly string[] | null }
  | { kind: 'file'; path: string }
  | { kind: 'drill'; scenario: string | null }

const FORMS = 'bluesky, bluesky:wss://HOST, file:PATH, drill or drill:SCENARIO'

/**
 * Reads a source's name. Several Jetstream instances stand behind one another, parted by commas:
 * `bluesky:wss://one.example,wss://two.example`. Throws SourceError `bad_spec`.
 */
export function parseSourceSpec(spec: string): SourceSpec {
  const colon = spec.indexOf(':')
  const kind = colon < 0 ? spec : spec.slice(0, colon)
  const rest = colon < 0 ? null : spec.slice(colon + 1)
  switch (kind) {
    case 'bluesky':
      return { kind, urls: rest === null ? null : rest.split(',').map((url) => checkAddress(url, 'ws')) }
    case 'file':
      if (rest === null || rest === '') throw bad(spec, 'it names no file')
      return { kind, path: rest }
    case 'drill':
      if (rest === '') throw bad(spec, 'it names no scenario after the colon')
      return { kind, scenario: rest }
    default:
      throw bad(spec, `there is no source "${kind}"`)
  }
}

function bad(spec: string, why: string): SourceError {
  return new SourceError('bad_spec', `The source "${spec}" is not understood: ${why}. Use ${FORMS}.`)
}
