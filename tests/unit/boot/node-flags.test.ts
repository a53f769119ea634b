import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { NODE_FLAGS } from '../../../api/boot/node-flags.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

test('Node is told the same by whatever way the command line is started', () => {
  const flags = NODE_FLAGS.join(' ')
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const name of ['start', 'tallywatch'])
    expect(scripts[name]).toMatch(new RegExp(`^node ${flags} --import tsx api/boot/cli.ts`))
  expect(read('api/boot/tallywatch.mjs').split('\n')[0]).toBe(`#!/usr/bin/env -S node ${flags}`)
  const [, entry] = /^ENTRYPOINT (.*)$/m.exec(read('Dockerfile')) ?? []
  expect(JSON.parse(entry!)).toEqual(['node', ...NODE_FLAGS, '--import', 'tsx', 'api/boot/cli.ts'])
  const byHand = read('docs/server-mode.md').match(
    /^ {4}node .*api\/boot\/cli\.ts (?:ingest|classify|desk)$/gm,
  )
  expect(byHand).toHaveLength(3)
  for (const line of byHand!) expect(line).toContain(`node ${flags} --import tsx`)
})
