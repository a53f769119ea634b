/** The classifier on the gold dev posts: no worse than it has been. */
import { expect, test } from 'vitest'
import { runCli } from '../services/cli.ts'
import { DEV } from './shared.ts'

test('quality on dev', async () => {
  const ran = await runCli(['evaluate', DEV, '--json'])
  expect(ran.code, ran.stderr).toBe(0)
  const report = JSON.parse(ran.stdout)
  expect(report.flag.f1).toBeGreaterThanOrEqual(0.71)
  expect(report.flagSure.f1).toBeGreaterThanOrEqual(0.77)
})
