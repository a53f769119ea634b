/** A file of posts that is counted in this night: tips that an office was sent, another tool's export. */
import { useState } from 'preact/hooks'
import { CallError, uploadPosts } from '../client.ts'

export function Upload() {
  const [doing, setDoing] = useState(false)
  const [done, setDone] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  async function send(file: File, map: string): Promise<void> {
    setDoing(true)
    setDone(null)
    setProblem(null)
    try {
      const { accepted, setAside } = await uploadPosts(file, map)
      const aside = setAside === 0 ? '' : ` ${setAside} rows could not be read and were set aside.`
      setDone(`${accepted} posts were taken. Those that were here before are counted once.${aside}`)
    } catch (error) {
      setProblem(error instanceof CallError ? error.message : 'The file could not be sent.')
    } finally {
      setDoing(false)
    }
  }
  return (
    <form
      class="offers"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        const [file, map] = [form.get('posts'), form.get('map')]
        if (file instanceof File) void send(file, typeof map === 'string' ? map.trim() : '')
      }}
    >
      <label>
        A file of posts of the last 30 days (CSV or JSON lines, plain or gzip)
        <input type="file" name="posts" required accept=".jsonl,.ndjson,.json,.csv,.tsv,.gz" />
      </label>
      <label>
        Columns with unusual names, if there are any
        <input type="text" name="map" placeholder="text=body,createdAt=date" autocomplete="off" />
      </label>
      <button type="submit" class="button quiet" disabled={doing}>
        Add to this night
      </button>
      {doing && <p role="status">Sending the file…</p>}
      {done !== null && <p role="status">{done}</p>}
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}
