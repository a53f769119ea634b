/** What `bench load`, `bench burst` and `bench overload` are told on the command line. */
import { UsageError, type Io } from '../../command.ts'
import { readConfig, serverOnly, type BackendsConfig } from '../../config.ts'
import { NIGHT_RATE, type LoadKind } from './load.ts'
import { BURST_MAX_S } from './measure-load.ts'

export const LOAD_FLAGS = {
  kind: { type: 'string' },
  rate: { type: 'string' },
  times: { type: 'string' },
  seconds: { type: 'string' },
  workers: { type: 'string' },
  server: { type: 'boolean', default: false },
  profile: { type: 'string' },
} as const

interface Values {
  kind?: string | undefined
  rate?: string | undefined
  times?: string | undefined
  seconds?: string | undefined
  workers?: string | undefined
  profile?: string | undefined
  server: boolean
}

/** In an embedded process half of the night's rate is what it should carry. */
const EMBEDDED_PART = 0.5
/** A soak of a day; longer runs fill the disk. */
const SECONDS_MAX = 86_400
const RATE_MAX = 1_000_000
const WORKERS_MAX = 64
const TIMES_MAX = 1_000

/** Throws UsageError. */
export function readLoadOptions(what: 'load' | 'burst' | 'overload', values: Values, io: Io) {
  const config = readConfig(io.env)
  const backends: BackendsConfig = values.server
    ? serverOnly(config, 'bench --server').backends
    : { kind: 'embedded', dataDir: config.backends.dataDir }
  const kind = toKind(values.kind ?? 'mixed')
  const usual = Math.round(NIGHT_RATE[kind] * (values.server ? 1 : EMBEDDED_PART))
  const given = { rate: toNumber('rate', values.rate, usual, RATE_MAX) }
  return {
    kind,
    backends,
    rate: what === 'burst' ? 0 : given.rate,
    times: toNumber('times', values.times, 10, TIMES_MAX),
    seconds: what === 'burst' ? BURST_MAX_S : toNumber('seconds', values.seconds, 60, SECONDS_MAX),
    workers: toNumber('workers', values.workers, 1, WORKERS_MAX),
    nodeOptions: values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
  }
}

function toKind(name: string): LoadKind {
  if (name === 'mixed' || name === 'election') return name
  throw new UsageError(`--kind is mixed or election, not \`${name}\``)
}

function toNumber(flag: string, text: string | undefined, usual: number, most: number): number {
  const value = text === undefined ? usual : Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new UsageError(`--${flag} is a whole number from 1 to ${most}, not \`${text}\``)
}
