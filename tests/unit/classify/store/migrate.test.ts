import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readMigrations, splitStatements } from '../../../../classify/store/migrate.ts'

describe('a schema file', () => {
  it('is split at the semicolons between statements, and only there', () => {
    const text = `-- first; not a statement
      CREATE TABLE a (x String COMMENT 'it''s; \\'one\\'' /* ; */, "y;" UInt8); -- after
      ALTER TABLE \`b;\` ADD COLUMN z String DEFAULT '--';
      ;`
    expect(splitStatements(text)).toEqual([
      `CREATE TABLE a (x String COMMENT 'it''s; \\'one\\''  , "y;" UInt8)`,
      "ALTER TABLE `b;` ADD COLUMN z String DEFAULT '--'",
    ])
    expect(splitStatements('-- nothing\n')).toEqual([])
  })

  it('has a number, a name and statements that may all be run twice', async () => {
    const migrations = await readMigrations()
    expect(migrations.length).toBeGreaterThan(3)
    for (const [i, { version, statements }] of migrations.entries()) {
      expect(version).toBe(i + 1)
      expect(statements.length).toBeGreaterThan(0)
      for (const statement of statements) {
        expect(statement).toMatch(
          /^(CREATE TABLE IF NOT EXISTS|DROP TABLE IF EXISTS|ALTER TABLE \w+ (MODIFY (?:SETTING|TTL)|\w+ \w+ IF (NOT )?EXISTS)) /,
        )
      }
    }
  })

  it.each([
    ['001_a.sql', '003_b.sql'],
    ['001_a.sql', '001_b.sql'],
    ['first.sql', '002_b.sql'],
  ])('must have the next number (%s, %s)', async (...names) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tallywatch-schema-'))
    try {
      for (const name of names) await writeFile(path.join(folder, name), 'SELECT 1')
      await expect(readMigrations(pathToFileURL(`${folder}/`))).rejects.toThrow(/numbered from 001/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
