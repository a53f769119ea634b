/** What the web application is told of this installation. */
import { UsageError } from './command.ts'
import type { Config } from './config.ts'
import type { DeskOptions } from './roles/desk.ts'

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

type AppOptions = DeskOptions['app']

/** Throws UsageError where the desk would be open to a network without a password. */
export function appOptions(
  config: Config,
  rest: Pick<AppOptions, 'pageDir' | 'demo' | 'installation' | 'basePath'>,
): AppOptions {
  const loopback = LOOPBACK.has(config.host)
  const publicUrl = config.publicUrl?.replace(/\/+$/, '')
  if (!loopback && config.deskPassword === undefined) {
    throw new UsageError(
      `TALLYWATCH_DESK_PASSWORD: set it (12 characters or more) before the desk listens on ${config.host}, where others reach it`,
    )
  }
  return {
    ...rest,
    publicUrl: publicUrl === undefined ? null : publicUrl + (rest.basePath ?? ''),
    office: config.office,
    metricsToken: config.metricsToken ?? null,
    changedPosts: config.changedPosts,
    auth: config.deskPassword === undefined ? null : { password: config.deskPassword },
    // A page elsewhere must not reach a desk without a password through a name that it points at this machine; by its
    // public name a server in front asks.
    allowedHosts: loopback
      ? [...LOOPBACK, '[::1]', ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])]
      : null,
  }
}
