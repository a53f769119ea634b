import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { ocdId, placeName } from '../../../ingest/base/jurisdictions.ts'
import { createApp } from '../../app.ts'
import { openDesk } from '../../desk/desk.ts'
import { appOptions } from '../app-options.ts'
import { deskUrl, openStore } from '../backends.ts'
import { FailedError, UsageError, type Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { createErrorLog } from '../log.ts'
import { findDesks, findNamespace } from '../namespace.ts'
import { createStatus } from '../status.ts'

/** The API's own export, written to stdout: one code path, the same bytes. */
export const exportCommand: Command = {
  name: 'export',
  summary: 'writes the posts that carry a narrative, with their verdicts: the same as the API gives',
  usage:
    '[--from TIME] [--to TIME] [--narrative N] [--place P] [--spike ID] [--flagged] [--format csv|jsonl] [--data DIR]',
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        narrative: { type: 'string' },
        place: { type: 'string' },
        spike: { type: 'string' },
        flagged: { type: 'boolean' },
        format: { type: 'string' },
        data: { type: 'string' },
      },
    })
    const { data, flagged, ...filter } = values
    const config = readConfig(io.env, { data })
    const { backends, partitions } = config
    // Opening the engine would make a folder, and give an empty file for a name that was mistyped.
    if (backends.kind === 'embedded') await findDesks(config)
    const namespace = config.namespace ?? (await findNamespace({ backends, partitions }))
    const options = { backends, partitions, namespace }
    const store = await openStore(options)
    const desk = await openDesk({ url: deskUrl(options, config.deskUrl) })
    try {
      // A spike that goes on ends there.
      const { sealedThrough } = await desk.loadWatch()
      const unwatched = {
        view: () => ({ sealedThrough, from: null, progress: null, totals: null, failingSince: null }),
      }
      const app = createApp({
        store,
        desk,
        mode: 'live',
        status: createStatus({ store, watcher: unwatched, mode: 'live', now: Date.now }),
        placeName,
        ocdId,
        now: Date.now,
        onError: createErrorLog(),
        ...appOptions(
          { ...config, host: '127.0.0.1', deskPassword: undefined },
          { pageDir: null, demo: null, installation: 'export' },
        ),
      })
      const query = new URLSearchParams({ ...filter, ...(flagged ? { flagged: 'true' } : {}) })
      const response = await app.request(`http://127.0.0.1/api/export?${query.toString()}`)
      if (!response.ok || response.body === null) throw problemOf(response.status, await response.json())
      await pipeline(Readable.fromWeb(response.body as NodeReadableStream), io.stdout, { end: false })
      return 0
    } finally {
      await desk.close()
      await store.close()
    }
  },
}

function problemOf(status: number, problem: unknown): Error {
  const detail =
    typeof problem === 'object' && problem !== null && 'detail' in problem
      ? String(problem.detail)
      : `status ${status}`
  return status === 400 ? new UsageError(detail) : new FailedError(detail)
}
