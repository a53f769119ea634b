/** The export of the command line is that of the API. */
import { Writable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { deskUrl, openStore } from '../../../api/boot/backends.ts'
import { exportCommand } from '../../../api/boot/commands/export.ts'
import { openDesk } from '../../../api/desk/desk.ts'
import { insertPosts, MINUTE, NIGHT, tempDir, testSpike } from '../api/support.ts'

test('a spike that goes on is exported up to where the night is sealed', async () => {
  const dir = await tempDir()
  onTestFinished(() => dir.remove())
  const options = {
    backends: { kind: 'embedded', dataDir: dir.path } as const,
    namespace: 'night',
    partitions: 1,
  }
  const store = await openStore(options)
  const posts = [10, 12, 58, 61].map((at) => ({ id: `p${at}`, at, text: `scanner ${at}`, places: ['AZ'] }))
  await insertPosts(store, posts)
  await store.close()
  const desk = await openDesk({ url: deskUrl(options, undefined) })
  await desk.saveWatch({ spikes: [testSpike()], events: [], sealedThrough: NIGHT + 60 * MINUTE })
  await desk.close()
  let written = ''
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk)
      done()
    },
  })
  const io = {
    env: { TALLYWATCH_NAMESPACE: 'night' },
    stdout,
    stderr: stdout,
    signal: new AbortController().signal,
  }
  const args = ['--data', dir.path, '--spike', 'spike1', '--format', 'jsonl']
  expect(await exportCommand.run(args, io as unknown as Parameters<typeof exportCommand.run>[1])).toBe(0)
  const ids = written.trimEnd().split('\n')
  expect(ids.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['p10', 'p12', 'p58'])
})
