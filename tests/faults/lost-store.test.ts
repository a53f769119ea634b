/** The store's disk is lost and the brokers live: what came after the backup is judged again out of the topic. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { openClickhouseStore } from '../../classify/store/clickhouse.ts'
import { ident, sql } from '../../classify/store/sql.ts'
import { runCli, startCli } from '../services/cli.ts'
import { openInstallation } from '../services/installation.ts'
import { until } from '../conformance/topic.ts'

const RUN_MS = 180_000

test(
  'a restored installation has the posts that came after the backup too',
  async () => {
    const namespace = `lost_${process.pid}`
    const url = inject('clickhouseUrl')
    const folder = await mkdtemp(join(tmpdir(), 'tallywatch-lost-'))
    const backup = join(folder, 'saved')
    await using night = await openInstallation(namespace, inject('kafkaBrokers'), url)
    const env = { ...night.env, TALLYWATCH_DATA: join(folder, 'data') }
    const restore = () => runCli(['restore', backup, '--data', join(folder, 'again')], env)
    const classify = startCli(['classify'], env)
    try {
      await night.publish('before')
      await until('the first is stored', async () => (await night.stored()) === 1)
      expect(await runCli(['backup', backup], env)).toMatchObject({ code: 0 })
      for (const id of ['after-1', 'after-2']) await night.publish(id)
      await until('the others are stored', async () => (await night.stored()) === 3)

      const disk = await openClickhouseStore({ url, database: 'default' })
      await disk.command(sql`DROP DATABASE ${ident(namespace)} SYNC`)
      await disk.close()
      const refused = await restore()
      expect(refused.code).toBe(1)
      expect(refused.stderr).toMatch(/stop every `classify` first/)
      classify.child.kill('SIGTERM')
      await classify.done

      // As if it had been made long ago and only where the topic stood were known.
      const manifest = join(backup, 'manifest.json')
      const saved = JSON.parse(await readFile(manifest, 'utf8')) as Record<string, unknown>
      const later = new Date(Date.now() + 86_400_000).toISOString()
      await writeFile(manifest, JSON.stringify({ ...saved, begunAt: later, madeAt: later }))
      const restored = await restore()
      expect(restored, restored.stderr).toMatchObject({ code: 0 })
      expect(restored.stdout).toContain(`2 records of ${namespace}.posts are to be judged again`)
      expect(await night.stored()).toBe(1)

      const again = startCli(['classify'], env)
      await until('all are stored', async () => (await night.stored()) === 3)
      again.child.kill('SIGTERM')
      await again.done
    } finally {
      classify.child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    }
  },
  RUN_MS,
)
