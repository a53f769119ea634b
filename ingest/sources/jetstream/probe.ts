/** Whether a Jetstream would be followed at an address, without following it. */
import { createMailbox } from '../net/mailbox.ts'
import type { Refusal } from '../net/refusal.ts'
import { readWebSocket } from '../net/web-socket.ts'
import { createEndpoint, FRAME_MAX_BYTES } from './endpoint.ts'

/** `refusal`: it answers, and does not stream there. */
export type Probed = { ok: true } | { ok: false; reason: string; refusal: Refusal | null }

/** Opens the stream and ends it; an address without a path is asked for both versions, as the source does. Never rejects. */
export async function probeJetstream(
  address: string,
  patienceMs: number,
  signal: AbortSignal,
): Promise<Probed> {
  const url = new URL(address)
  // Whether frames are packed matters only when they are read.
  url.searchParams.delete('compress')
  const endpoint = createEndpoint(url.href, null)
  const once = async (): Promise<Probed> => {
    const opened = new AbortController()
    const { reason, refusal } = await readWebSocket(
      {
        address: endpoint.urlFrom(null),
        protocols: endpoint.protocols(),
        maxMessageBytes: FRAME_MAX_BYTES,
        idleMs: patienceMs,
        handshakeMs: patienceMs,
        mailbox: createMailbox<never>({ maxItems: 1, maxBytes: 1, bytesOf: () => 0 }),
        read: () => null,
        onOpen: () => opened.abort(),
        wallClock: Date.now,
      },
      AbortSignal.any([signal, opened.signal]),
    )
    if (refusal !== null) endpoint.refused(refusal)
    return opened.signal.aborted ? { ok: true } : { ok: false, reason, refusal }
  }
  const first = await once()
  return first.ok || first.refusal?.status !== 404 || url.pathname !== '/' ? first : await once()
}
