/** The classifier on the gold dev posts: no worse than it has been. */
import { expect, test } from 'vitest'
import { runCli } from '../services/cli.ts'
import { DEV } from './shared.ts'

test('quality on dev', async () => {
  const ran = await runCli(['evaluate', DEV, '--json'])
  expect(ran.code, ran.stderr).toBe(0)
  const report = JSON.parse(ran.stdout)
  expect(report.flag.f1).toBeGreaterThanOrEqual(0.805)
  expect(report.flagSure.f1).toBeGreaterThanOrEqual(0.88)
  expect(report.narrative.accuracy).toBeGreaterThanOrEqual(0.815)
  expect(report.stance.accuracy).toBeGreaterThanOrEqual(0.815)
  expect(report.ece).toBeLessThanOrEqual(0.035)
  expect(report.wronglyFlagged.debunks.share).toBeLessThanOrEqual(0.15)
  expect(report.wronglyFlagged.reports.share).toBeLessThanOrEqual(0.2)
  expect(report.flag.f1).toBeGreaterThan(report.peers.keywords.f1 + 0.2)
  expect(report.flag.f1).toBeGreaterThan(report.peers.bayes.f1 + 0.2)
})
