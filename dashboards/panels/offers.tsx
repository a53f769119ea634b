/** What can be seen without a network: the drill, or a recorded night that somebody has as a file. */
import { useState } from 'preact/hooks'
import { CallError, playReplay, startDrill } from '../client.ts'

export function Offers() {
  const [starting, setStarting] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  async function play(words: string, start: () => Promise<{ path: string }>): Promise<void> {
    setStarting(words)
    setProblem(null)
    try {
      location.assign((await start()).path)
    } catch (error) {
      setProblem(error instanceof CallError ? error.message : 'The night could not be started.')
      setStarting(null)
    }
  }
  return (
    <form
      class="offers"
      onSubmit={(event) => {
        event.preventDefault()
        const file = new FormData(event.currentTarget).get('night')
        if (file instanceof File) void play('Sending the file…', () => playReplay(file))
      }}
    >
      <button
        type="button"
        class="button"
        disabled={starting !== null}
        onClick={() => void play('Starting the drill…', startDrill)}
      >
        Play the drill
      </button>
      <label>
        or a recorded night (JSON lines or CSV, plain or gzip)
        <input type="file" name="night" required accept=".jsonl,.ndjson,.json,.csv,.tsv,.gz" />
      </label>
      <button type="submit" class="button quiet" disabled={starting !== null}>
        Replay the file
      </button>
      {starting !== null && <p role="status">{starting}</p>}
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}
