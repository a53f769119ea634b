/** How a person names a source on the command line: `bluesky`, `file:posts.jsonl.gz`, `drill`. */
import { SourceError } from './source.ts'

export type SourceSpec =
  /** No address: the public instances. */
  | { kind: 'bluesky'; urls: readonly string[] | null }
  | { kind: 'file'; path: string }
  | { kind: 'folder'; path: string }
  | { kind: 'drill'; scenario: string | null }

const FORMS = 'bluesky, bluesky:wss://HOST, file:PATH, folder:PATH, drill or drill:SCENARIO'

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
      return { kind, urls: rest === null ? null : rest.split(',').map(checkJetstreamUrl) }
    case 'file':
      if (rest === null || rest === '') throw bad(spec, 'it names no file')
      return { kind, path: rest }
    case 'folder':
      if (rest === null || rest === '') throw bad(spec, 'it names no folder')
      return { kind, path: rest }
    case 'drill':
      if (rest === '') throw bad(spec, 'it names no scenario after the colon')
      return { kind, scenario: rest }
    default:
      throw bad(spec, `there is no source "${kind}"`)
  }
}

/**
 * Gives the address back when it may be followed: TLS, or plain on this machine. Throws SourceError `bad_spec`.
 */
export function checkJetstreamUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null) throw new SourceError('bad_spec', `"${text}" is not an address; write it as wss://HOST.`)
  if (url.protocol === 'wss:' || (url.protocol === 'ws:' && isLoopback(url.hostname))) return text
  throw new SourceError(
    'bad_spec',
    `"${text}" cannot be followed: anybody on the way could change the posts. Use wss:// (plain ws:// is for this machine only).`,
  )
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function bad(spec: string, why: string): SourceError {
  return new SourceError('bad_spec', `The source "${spec}" is not understood: ${why}. Use ${FORMS}.`)
}
