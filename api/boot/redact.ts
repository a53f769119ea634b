/**
 * Takes out of an error's words what may be a post's: engines and parsers quote the input that they refuse. What is
 * quoted and has a space in it, or is long, is no name of ours.
 */

const LONGEST_NAME = 40
/** ClickHouse goes on with the rest of the row, unquoted. */
const REST_OF_INPUT = /(before|at end of stream|near|Row \d+|while parsing|ERROR):? .*/s
const QUOTED = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|“[^”]*”|`[^`]*`/g
const WORDS_MAX = 500

export function redact(message: string): string {
  const quiet = message.replace(QUOTED, (quoted) => {
    const inner = quoted.slice(1, -1)
    return inner.length > LONGEST_NAME || /\s/.test(inner) ? `${quoted[0]}…${quoted.at(-1)}` : quoted
  })
  const cut = quiet.replace(REST_OF_INPUT, '$1 …')
  return cut.length > WORDS_MAX ? `${cut.slice(0, WORDS_MAX)}…` : cut
}

/** Where an error was thrown: its stack without its message. */
export function placesOf(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
}
