import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDesk, type Desk } from '../../../../api/desk/desk.ts'
import { canonicalJson } from '../../../../api/desk/ledger.ts'
import { NIGHT, openTestDesk, tempDir } from '../support.ts'

const draft = {
  spikeId: null,
  narrative: 'machine_failure',
  place: 'AZ',
  office: 'Example County Elections',
  claim: 'Scanners stopped counting',
  text: 'Each ballot was counted.',
  link: 'https://elections.example.gov/scanners',
  rating: 'False',
} as const
const ann = { by: 'Ann Lee', at: NIGHT }
const bob = { by: 'Bob Ray', at: NIGHT + 1_000 }

let dir: Awaited<ReturnType<typeof tempDir>>
beforeAll(async () => {
  dir = await tempDir()
})
afterAll(() => dir.remove())

async function published(desk: Desk) {
  const { id } = await desk.rebuttals.draft(draft, ann)
  await desk.rebuttals.approve(id, bob)
  return desk.rebuttals.publish(id, { ...bob, clock: NIGHT })
}

test('a rebuttal goes from a draft to a correction, and each step is in the ledger', async () => {
  const desk = await openTestDesk(dir.path)
  const one = await published(desk)
  expect(one).toMatchObject({
    state: 'published',
    draftedBy: 'Ann Lee',
    approvedBy: 'Bob Ray',
    publishedClock: NIGHT,
  })
  const correction = {
    approvedBy: 'Cy Dow',
    note: 'the number was wrong',
    text: 'All 812 ballots were counted.',
  }
  const corrected = await desk.rebuttals.correct(one.id, correction, { by: 'Ann Lee', at: NIGHT + 5 })
  expect(corrected).toMatchObject({
    state: 'corrected',
    text: correction.text,
    claim: draft.claim,
    approvedBy: 'Cy Dow',
  })
  const gone = await desk.rebuttals.withdraw(one.id, { ...ann, reason: 'the page moved' })
  expect(gone).toMatchObject({ state: 'withdrawn', note: 'the page moved' })
  expect(await desk.verifyLedger()).toEqual({ ok: true, entries: 5, head: gone.entryHash })
  await desk.close()
})

test('a step after the clock was set back is newer than the one before it, and the ledger has its own time', async () => {
  const desk = await openTestDesk(dir.path)
  const { id } = await desk.rebuttals.draft(draft, ann)
  const approved = await desk.rebuttals.approve(id, { by: 'Bob Ray', at: NIGHT - 3_600_000 })
  expect(approved).toMatchObject({ state: 'approved', updatedAt: NIGHT })
  const published = await desk.rebuttals.publish(id, { ...bob, at: NIGHT - 3_500_000, clock: null })
  expect(published).toMatchObject({ publishedAt: NIGHT - 3_500_000, updatedAt: NIGHT })
  expect(await desk.verifyLedger()).toMatchObject({ ok: true, entries: 3 })
  await desk.close()
})

test('nobody approves what they drafted, however they write their name', async () => {
  const desk = await openTestDesk(dir.path)
  const { id } = await desk.rebuttals.draft(draft, ann)
  for (const by of ['Ann Lee', 'ann lee', ' ANN  LEE ', 'AnnLee', 'Ann\u200B Lee', 'Ａnn Lee']) {
    await expect(desk.rebuttals.approve(id, { by, at: NIGHT })).rejects.toMatchObject({ code: 'same_person' })
  }
  await desk.rebuttals.approve(id, bob)
  await desk.rebuttals.publish(id, { ...ann, clock: null })
  const correction = { approvedBy: 'ann lee', note: 'a typo' }
  await expect(desk.rebuttals.correct(id, correction, ann)).rejects.toMatchObject({ code: 'same_person' })
  await desk.close()
})

test('a step that the state does not allow is refused and leaves no entry', async () => {
  const desk = await openTestDesk(dir.path)
  const { id } = await desk.rebuttals.draft(draft, ann)
  await expect(desk.rebuttals.publish(id, { ...bob, clock: null })).rejects.toMatchObject({
    code: 'wrong_state',
  })
  await expect(desk.rebuttals.approve('nobody', bob)).rejects.toMatchObject({ code: 'not_found' })
  await desk.rebuttals.withdraw(id, { ...bob, reason: 'not needed' })
  await expect(desk.rebuttals.approve(id, bob)).rejects.toMatchObject({ code: 'wrong_state' })
  expect(await desk.verifyLedger()).toMatchObject({ ok: true, entries: 2 })
  await desk.close()
})

test('a link is https, or leads to this machine, and holds no password', async () => {
  const desk = await openTestDesk(dir.path)
  for (const link of [
    'http://elections.example.gov/',
    'javascript:alert(1)',
    'https://user:pass@example.gov/',
    'page',
  ]) {
    await expect(desk.rebuttals.draft({ ...draft, link }, ann)).rejects.toMatchObject({ code: 'bad_link' })
  }
  for (const link of ['http://127.0.0.1:8080/page', 'https://elections.example.gov/']) {
    await expect(desk.rebuttals.draft({ ...draft, link }, ann)).resolves.toMatchObject({ link })
  }
  await desk.close()
})

test('the tables themselves refuse to change, delete, or write over an entry', async () => {
  const desk = await openTestDesk(dir.path)
  await published(desk)
  const raw = createClient({ url: desk.url })
  await expect(raw.execute("UPDATE ledger SET actor = 'Eve' WHERE seq = 1")).rejects.toThrow('append-only')
  await expect(raw.execute('DELETE FROM ledger WHERE seq = 3')).rejects.toThrow('append-only')
  const over =
    'INSERT OR REPLACE INTO ledger SELECT seq, rebuttal, action, actor, at, body, prev_hash, hash FROM ledger WHERE seq = 1'
  await expect(raw.execute(over)).rejects.toThrow('ledger_conflict')
  expect(await desk.verifyLedger()).toMatchObject({ ok: true, entries: 3 })
  raw.close()
  await desk.close()
})

test.each([
  ['a changed actor', "UPDATE ledger SET actor = 'Eve' WHERE seq = 2", 2, 'does not have its hash'],
  ['a changed time', 'UPDATE ledger SET at = at + 1 WHERE seq = 1', 1, 'does not have its hash'],
  [
    'a changed body',
    "UPDATE ledger SET body = replace(body, 'False', 'True') WHERE seq = 1",
    1,
    'does not have its hash',
  ],
  ['another action', "UPDATE ledger SET action = 'withdrawn' WHERE seq = 2", 2, 'its action says'],
  ['a body with spaces', "UPDATE ledger SET body = body || ' ' WHERE seq = 2", 2, 'not written as it was'],
  ['an unreadable body', "UPDATE ledger SET body = '{' WHERE seq = 2", 2, 'cannot be read'],
  ['an entry taken out', 'DELETE FROM ledger WHERE seq = 2', 2, 'is missing'],
  ['the end cut off', 'DELETE FROM ledger WHERE seq = 3', 3, 'ends at entry 2'],
  [
    'a new hash for a changed entry',
    "UPDATE ledger SET actor = 'Eve', hash = 'ff' WHERE seq = 2",
    2,
    'does not have its hash',
  ],
  [
    'another hash of the one before',
    "UPDATE ledger SET prev_hash = 'ff' WHERE seq = 2",
    2,
    'does not follow',
  ],
])(
  'the check of the ledger finds %s by somebody who removed the triggers',
  async (_what, change, seq, why) => {
    const desk = await openTestDesk(dir.path)
    await published(desk)
    const raw = createClient({ url: desk.url })
    await raw.batch(
      ['DROP TRIGGER ledger_refuses_update', 'DROP TRIGGER ledger_refuses_delete', change],
      'write',
    )
    expect(await desk.verifyLedger()).toEqual({ ok: false, seq, why: expect.stringContaining(why) })
    raw.close()
    await desk.close()
  },
)

test('two processes write at once, and the chain holds', async () => {
  const one = await openTestDesk(dir.path)
  let ids = 0
  const two = await openDesk({ url: one.url, newId: () => `two${++ids}` })
  const drafts = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : two).rebuttals.draft(draft, ann))
  await Promise.all(drafts)
  expect(await one.verifyLedger()).toMatchObject({ ok: true, entries: 20 })
  expect(await one.rebuttals.list()).toHaveLength(20)
  expect((await two.rebuttals.list()).map(({ id }) => id)).toEqual(
    (await one.rebuttals.list()).map(({ id }) => id),
  )
  const { id } = (await one.rebuttals.list())[0]!
  const both = await Promise.allSettled([one.rebuttals.approve(id, bob), two.rebuttals.approve(id, bob)])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  await one.close()
  await two.close()
})

test('three processes write at once, and whoever checks the ledger meanwhile finds it whole', async () => {
  const desk = await openTestDesk(dir.path)
  const script = `
    import { openDesk } from ${JSON.stringify(join(import.meta.dirname, '../../../../api/desk/desk.ts'))}
    const desk = await openDesk({ url: ${JSON.stringify(desk.url)} })
    for (let at = 0; at < 40; at++) await desk.rebuttals.draft(${JSON.stringify(draft)}, { by: 'Ann', at })
    await desk.close()`
  const write = promisify(execFile)
  const writers = Promise.all(
    [1, 2, 3].map(() =>
      write(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script]),
    ),
  )
  const checks: boolean[] = []
  while (await Promise.race([writers.then(() => false), sleep(5, true)]))
    checks.push((await desk.verifyLedger()).ok)
  expect(checks.length).toBeGreaterThan(10)
  expect(new Set(checks)).toEqual(new Set([true]))
  expect(await desk.verifyLedger()).toMatchObject({ ok: true, entries: 120 })
  await desk.close()
})

test('a desk opened again knows its rebuttals, and one from a newer version is refused', async () => {
  const desk = await openTestDesk(dir.path)
  const one = await published(desk)
  await desk.close()
  const again = await openDesk({ url: desk.url })
  expect(await again.rebuttals.getBySlug(one.slug)).toEqual(one)
  expect(one.slug).toBe('scanners-stopped-counting-r0000001')
  await again.close()
  const raw = createClient({ url: desk.url })
  await raw.execute('INSERT INTO desk_versions VALUES (99, 0)')
  raw.close()
  await expect(openDesk({ url: desk.url })).rejects.toMatchObject({ code: 'newer_version' })
  await expect(openDesk({ url: 'file:/nowhere/at/all/desk.db' })).rejects.toMatchObject({
    code: 'unavailable',
  })
})

test('canonical JSON does not depend on the order of the keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'é"' }], a: true })).toBe(
    '{"a":true,"b":[1,{"c":"é\\"","d":null}]}',
  )
})
