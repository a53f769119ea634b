/** Every import rule has been seen failing: for each, a small tree that breaks it and nothing else. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise, type ICruiseResult, type IConfiguration } from 'dependency-cruiser'
import { describe, expect, test } from 'vitest'

const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as IConfiguration & {
  forbidden: { name: string }[]
}

const uses = (path: string, type = false) =>
  `import ${type ? 'type ' : ''}{ a } from '${path}'\nexport const b = a\n`
const A = 'export const a = 1\n'

/** Files of a tree that breaks the rule; the first imports what it may not. */
const BROKEN: Record<string, Record<string, string>> = {
  'no-circular': { 'ingest/one.ts': uses('./two.ts'), 'ingest/two.ts': `${A}import './one.ts'\n` },
  'upstream-only-ingest': { 'ingest/x.ts': uses('../classify/contract.ts'), 'classify/contract.ts': A },
  'upstream-only-classify': { 'classify/x.ts': uses('../api/contract.ts'), 'api/contract.ts': A },
  'upstream-only-api': { 'api/boot/x.ts': uses('../../dashboards/build.ts'), 'dashboards/build.ts': A },
  'upstream-only-dashboards': { 'dashboards/x.ts': uses('../tests/x.ts'), 'tests/x.ts': A },
  'classify-meets-ingest-at-ports': {
    'classify/x.ts': uses('../ingest/pipeline.ts'),
    'ingest/pipeline.ts': A,
  },
  'api-meets-earlier-stages-at-ports': {
    'api/app.ts': uses('../classify/pipeline.ts'),
    'classify/pipeline.ts': A,
  },
  'boot-is-the-root': { 'api/app.ts': uses('./boot/config.ts'), 'api/boot/config.ts': A },
  'page-knows-the-contracts-only': { 'dashboards/x.ts': uses('../api/app.ts'), 'api/app.ts': A },
  'page-imports-types-only': { 'dashboards/x.ts': uses('../api/contract.ts'), 'api/contract.ts': A },
  'environment-in-one-place': {
    'api/boot/x.ts': uses('../../ingest/topic/kafka.ts'),
    'ingest/topic/kafka.ts': A,
  },
  'no-natural-root': {
    'classify/x.ts': "import natural from 'natural'\nexport const b = natural\n",
    'node_modules/natural/package.json': '{"name":"natural","version":"1.0.0","main":"lib/natural/index.js"}',
    'node_modules/natural/lib/natural/index.js': 'module.exports = {}\n',
    'package.json': '{"dependencies":{"natural":"1.0.0"}}',
  },
  'no-dev-dependency-in-product': {
    'api/x.ts': "import tool from 'tool'\nexport const b = tool\n",
    'node_modules/tool/package.json': '{"name":"tool","version":"1.0.0","main":"index.js"}',
    'node_modules/tool/index.js': 'module.exports = {}\n',
    'package.json': '{"devDependencies":{"tool":"1.0.0"}}',
  },
}

/** Names of the rules that the tree breaks. */
async function broken(files: Record<string, string>): Promise<string[]> {
  const tree = await mkdtemp(join(tmpdir(), 'tallywatch-rules-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(tree, path)), { recursive: true })
      await writeFile(join(tree, path), text)
    }
    const folders = [...new Set(Object.keys(files).map((path) => path.split('/')[0]!))].filter(
      (name) => name !== 'node_modules' && name !== 'package.json',
    )
    const { options, ...rules } = config
    const { tsConfig: _, ...rest } = options ?? {}
    const result = await cruise(folders, { ...rest, baseDir: tree, validate: true, ruleSet: rules })
    const { summary } = result.output as ICruiseResult
    return [...new Set(summary.violations.map(({ rule }) => rule.name))]
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
}

describe('the import rules', () => {
  test('are all tried here', () => {
    expect(new Set(Object.keys(BROKEN))).toEqual(new Set(config.forbidden.map(({ name }) => name)))
  })

  test.each(Object.keys(BROKEN))('%s is seen failing', async (rule) => {
    expect(await broken(BROKEN[rule]!)).toContain(rule)
  })

  test('let through what they should', async () => {
    expect(
      await broken({
        'dashboards/x.ts': uses('../api/contract.ts', true).replace(
          'export const b = a',
          'export type B = typeof a',
        ),
        'api/contract.ts': `import { a } from '../classify/contract.ts'\nexport { a }\n`,
        'classify/contract.ts': uses('../ingest/base/hash.ts'),
        'ingest/base/hash.ts': A,
      }),
    ).toEqual([])
  })
})
