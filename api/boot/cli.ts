/** The command line: finds the command, runs it, and turns what it throws into one line and an exit code. */
import { FailedError, UsageError, type Command, type Io } from './command.ts'
import { boundGarbage } from './node-flags.ts'

/** Loaded when asked for: `judge` need not wait for the web server's modules. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  start: async () => (await import('./commands/start.ts')).startCommand,
  replay: async () => (await import('./commands/replay.ts')).replayCommand,
  drill: async () => (await import('./commands/drill.ts')).drillCommand,
  ingest: async () => (await import('./commands/ingest.ts')).ingestCommand,
  classify: async () => (await import('./commands/classify.ts')).classifyCommand,
  desk: async () => (await import('./commands/desk.ts')).deskCommand,
  judge: async () => (await import('./commands/judge.ts')).judgeCommand,
  detect: async () => (await import('./commands/detect.ts')).detectCommand,
  evaluate: async () => (await import('./commands/evaluate.ts')).evaluateCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  'learn-prior': async () => (await import('./commands/learn-prior.ts')).learnPriorCommand,
  bench: async () => (await import('./commands/bench.ts')).benchCommand,
  'verify-ledger': async () => (await import('./commands/verify-ledger.ts')).verifyLedgerCommand,
  'dead-letters': async () => (await import('./commands/dead-letters.ts')).deadLettersCommand,
  soak: async () => (await import('./commands/soak.ts')).soakCommand,
  backup: async () => (await import('./commands/backup.ts')).backupCommand,
  restore: async () => (await import('./commands/restore.ts')).restoreCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
}

async function help(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()))
  const width = Math.max(...commands.map(({ name }) => name.length))
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `tallywatch COMMAND …\n\n${lines.join('\n')}\n\ntallywatch COMMAND --help tells its arguments.\n`
}

async function main(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    ;(name === undefined ? io.stderr : io.stdout).write(await help())
    return name === undefined ? 2 : 0
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load === undefined) {
    io.stderr.write(
      `tallywatch: there is no command \`${name}\`; the commands are ${Object.keys(COMMANDS).join(', ')}\n`,
    )
    return 2
  }
  const command = await load()
  const usage = `usage: tallywatch ${command.name} ${command.usage}\n`
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout.write(`${command.summary}\n${usage}`)
    return 0
  }
  try {
    return await command.run(rest, io)
  } catch (error) {
    return explain(error, command, usage, io)
  }
}

/** Errors that were meant for a person carry their whole message; anything else is our own fault and shows its trace. */
function explain(error: unknown, command: Command, usage: string, io: Io): number {
  const say = (text: string) => io.stderr.write(`tallywatch ${command.name}: ${text}\n`)
  if (error instanceof UsageError || (error instanceof TypeError && isParseArgsError(error))) {
    say(error.message)
    io.stderr.write(usage)
    return 2
  }
  if (error instanceof FailedError || (error instanceof Error && 'code' in error)) {
    say(error.message)
    return isWrongUse(error) ? 2 : 1
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return 1
}

function isParseArgsError(error: TypeError): boolean {
  return 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

function isWrongUse(error: Error): boolean {
  return 'code' in error && ['unknown_column', 'bad_map', 'bad_spec'].includes(String(error.code))
}

/** A command that failed is over by then. */
const LINGER_MS = 15_000

/**
 * A stop takes longer where a backend is away: writing has a minute's patience. Whoever watches kills after 30 s
 * (docker-compose.yml, Kubernetes), and then nobody is told why.
 */
const STOP_MS = 25_000

const stopping = new AbortController()
function stop(): void {
  stopping.abort()
  setTimeout(() => {
    const what = `did not stop within ${STOP_MS / 1_000} s, and ends as it is: nothing that was accepted is lost`
    if (process.exitCode === undefined) process.stderr.write(`tallywatch: ${what}\n`)
    process.exit(process.exitCode ?? 1)
  }, STOP_MS).unref()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
boundGarbage()
process.exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stopping.signal,
})
// It has closed what it opened. Should anything keep it all the same, whoever watches it would wait for ever.
if (process.exitCode !== 0) setTimeout(() => process.exit(), LINGER_MS).unref()
