/** What a route asks of whoever takes pushes: the port between HTTP and ingest. */
import type { DeadLetterReason } from '../../contract.ts'

/** Who may push, as the configuration names it. */
export interface PushSender {
  /** Names the source `push:<name>`. */
  name: string
  token: string
  postsPerMinute: number
  /** Of one body, unpacked. */
  bytesMax?: number | undefined
}

/** `json` is one object or one array of them; the others have a record a line. */
export type PushFormat = 'json' | 'jsonl' | 'csv'

export interface PushRequest {
  format: PushFormat
  gzip: boolean
  /** Of the body, unpacked. */
  bytesMax: number
  /** Epoch ms at which it was first received: the time of posts that bring none, if the request has a key. */
  receivedAt: number
  /** Names the request, so that records without an id have the same one when it is sent again; null: no name. */
  key: string | null
  /** A bad line ends it. Otherwise bad lines are set aside, as a file's are. */
  strict: boolean
  /** Posts recognised as another network's keep that network's ids: for those who may speak for it. */
  networkIds: boolean
  /** `text=body,…`, for columns with other names. Throws SourceError `bad_map` or `unknown_column`. */
  map?: string | undefined
}

export type RefusalCode =
  | DeadLetterReason
  | 'too_large'
  | 'bad_gzip'
  | 'cut_off'
  | 'quota'
  | 'not_durable'
  | 'bad_map'

export interface Refused {
  ok: false
  code: RefusalCode
  /** From 1; null where it is no line's fault. */
  line: number | null
  detail: string
  accepted: number
  /** When to come again. */
  retryMs?: number
}

/** What became of it. Of one that failed, all before `line` was taken. */
export type Taken =
  | { ok: true; received: number; accepted: number; setAside: number; sha256: string }
  | Refused

/** Takes what is pushed, no faster than the stream does; resolves when all of it is durable, or refused. */
export type Take = (bytes: AsyncIterable<Uint8Array>, request: PushRequest) => Promise<Taken>

/** Where one sender pushes to. */
export interface PushTarget {
  take: Take
  /** SHA-256 (hex) of a body, unpacked, that is not taken; null where it cannot be read. */
  digest: (
    bytes: AsyncIterable<Uint8Array>,
    request: Pick<PushRequest, 'format' | 'gzip' | 'bytesMax'>,
  ) => Promise<string | null>
  /** Counts records that were sent again under a key that is answered. */
  noteAgain: (records: number) => void
  /** Of a body, unpacked. */
  bytesMax: number
}

export interface Pushes {
  /** The sender's target; null for a name or token that is none. Whether the name is one takes no longer to say. */
  open(source: string, token: string): PushTarget | null
  /** Where the desk's own uploads go: `upload`. */
  upload: PushTarget
}
