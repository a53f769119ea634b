import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { boundGarbage, MALLOC_ENVIRONMENT, NODE_FLAGS } from '../../../api/boot/node-flags.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

test('Node and the C library are told the same by whatever way the command line is started', () => {
  const flags = NODE_FLAGS.join(' ')
  const variables = Object.entries(MALLOC_ENVIRONMENT).map((pair) => pair.join('='))
  const environment = variables.join(' ')
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const name of ['start', 'tallywatch'])
    expect(scripts[name]).toMatch(new RegExp(`^${environment} node ${flags} --import tsx api/boot/cli.ts`))
  expect(read('api/boot/tallywatch.mjs').split('\n')[0]).toBe(
    `#!/usr/bin/env -S ${environment} node ${flags}`,
  )
  // Kernels before 5.1 read no more of a script's first line, and those before 4.20 would run what is left of it.
  expect(read('api/boot/tallywatch.mjs').indexOf('\n')).toBeLessThan(127)
  expect(read('Dockerfile')).toMatch(new RegExp(`^ENV ${environment}$`, 'm'))
  const [, entry] = /^ENTRYPOINT (.*)$/m.exec(read('Dockerfile')) ?? []
  expect(JSON.parse(entry!)).toEqual(['node', ...NODE_FLAGS, '--import', 'tsx', 'api/boot/cli.ts'])
  const byHand = read('docs/server-mode.md').match(
    /^ {4}node .*api\/boot\/cli\.ts (?:ingest|classify|desk)$/gm,
  )
  expect(byHand).toHaveLength(3)
  expect(read('docs/server-mode.md')).toContain(`    export ${environment}\n${byHand![0]}\n`)
  for (const line of byHand!) expect(line).toContain(`node ${flags} --import tsx`)
})

/** Holds 20 MB, lets 300 MB grow old and go, and tells the most that its heap was, MiB. */
const CHURN = `
  const kept = Array.from({ length: 100_000 }, (_, i) => ({ text: 'kept ' + i, list: [i, i, i] }))
  let waiting = []
  let most = 0
  for (let round = 0; round < 1_500; round++) {
    for (let i = 0; i < 1_000; i++) waiting.push({ text: 'post ' + round + i, list: [i], more: { i } })
    if (waiting.length > 50_000) waiting = waiting.slice(1_000)
    most = Math.max(most, process.memoryUsage().heapTotal)
  }
  require('node:worker_threads').parentPort.postMessage([most / 2 ** 20, kept.length])`

async function churn(): Promise<number> {
  const worker = new Worker(CHURN, { eval: true, resourceLimits: { maxYoungGenerationSizeMb: 12 } })
  const [most] = await new Promise<[number]>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await worker.terminate()
  return most
}

test('what is no longer needed takes less memory once it is bound', async () => {
  const before = await churn()
  boundGarbage()
  expect(await churn()).toBeLessThan(0.75 * before)
})
