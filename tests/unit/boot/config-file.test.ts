import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { configFileSchema } from '../../../api/boot/config-file.ts'
import { readConfig, type Config } from '../../../api/boot/config.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallywatch-config-'))
})
afterEach(async () => rm(folder, { recursive: true }))

async function read(name: string, text: string, env: Record<string, string> = {}): Promise<Config> {
  const path = join(folder, name)
  await writeFile(path, text)
  return readConfig({ TALLYWATCH_CONFIG: path, ...env })
}
const problemsOf = async (...args: Parameters<typeof read>): Promise<string[]> =>
  read(...args).then(
    () => [],
    (error: Error) =>
      error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim().replace(`${folder}/`, '')),
  )

const SECRETS = { TIPS: 't'.repeat(16), DESK: 'correct horse battery' }

test('JSON and YAML say the same; secrets come from the environment by name', async () => {
  const values = {
    port: 4300,
    office: 'Example County',
    sources: ['bluesky', 'folder:/var/drop'],
    deskPasswordEnv: 'DESK',
    push: [{ name: 'tips', tokenEnv: 'TIPS', postsPerMinute: 60 }],
  }
  const yaml = `# the night's desk
port: 4300
office: Example County
sources: [bluesky, "folder:/var/drop"]
deskPasswordEnv: DESK
push:
  - name: tips
    tokenEnv: TIPS
    postsPerMinute: 60
`
  const json = await read('c.json', JSON.stringify(values, null, '\t'), SECRETS)
  const { file: _, ...rest } = await read('c.yaml', yaml, SECRETS)
  expect(json).toMatchObject(rest)
  expect(rest).toMatchObject({ port: 4300, sources: values.sources, deskPassword: SECRETS.DESK })
  expect(rest.push).toMatchObject([{ name: 'tips', token: SECRETS.TIPS, postsPerMinute: 60 }])
})

test('what the environment says goes before it', async () => {
  const config = await read('c.yaml', 'port: 1\noffice: File\n', { TALLYWATCH_PORT: '2' })
  expect(config).toMatchObject({ port: 2, office: 'File' })
})

test('servers are set in it too', async () => {
  const text =
    'kafka: {brokers: ["a:9092", "b:9092"], replication: 3}\nclickhouse: {url: "http://c:8123", passwordEnv: P}\n'
  expect((await read('c.yaml', text, { P: 'x' })).backends).toMatchObject({
    kind: 'server',
    brokers: ['a:9092', 'b:9092'],
    replication: 3,
    clickhouse: { url: 'http://c:8123', password: 'x' },
  })
})

test.each([
  ['port: 1\nofice: x\n', /^c.yaml, line 2: .*ofice/],
  ['port: 1\n\nsources:\n  - bluesky\n  - 5\n', /^c.yaml, line 5: sources.1: /],
  ['push:\n  - name: tips\n', /^c.yaml, line 2: push.0.tokenEnv: /],
  ['push:\n  - name: Tips\n    tokenEnv: TIPS\n', /^c.yaml, line 2: push.0.name: must be lower-case/],
  [
    'office: x\npush:\n  - name: tips\n    tokenEnv: NONE\n',
    /^c.yaml, line 4: push.0.tokenEnv: .* no variable NONE/,
  ],
  [
    'push:\n  - {name: a, tokenEnv: TIPS}\n  - {name: a, tokenEnv: TIPS}\n',
    /line 3: push.1.name: is there twice/,
  ],
  ['deskPasswordEnv: SHORT\n', /^c.yaml, line 1: deskPasswordEnv: must have at least 12/],
  ['office: x\nnamespace: Not A Name\n', /^c.yaml, line 2: namespace: must be lower-case/],
  ['a: [1,\n', /^c.yaml, line \d: /],
  ['sources: ["file:/a b"]\n', /^c.yaml, line 1: sources.0: must not hold " "/],
])('a mistake names its line: %j', async (text, expected) => {
  const problems = await problemsOf('c.yaml', text, { ...SECRETS, SHORT: 'short' })
  expect(problems.join('\n')).toMatch(expected)
  expect(problems).toHaveLength(1)
})

test('a mistake in JSON too, and all at once', async () => {
  const problems = await problemsOf(
    'c.json',
    '{\n  "port": "x",\n  "kafka": {"brokers": []},\n  "host": 5\n}',
  )
  expect(problems.map((one) => one.split(':')[0])).toEqual([
    'c.json, line 2',
    'c.json, line 3',
    'c.json, line 4',
  ])
})

test('an empty file is a mistake, for somebody may be writing it', async () => {
  expect(await problemsOf('c.yaml', '# nothing yet\n')).toEqual(['c.yaml: the file is empty'])
})

test('a file that is named and not there is told', () => {
  expect(() => readConfig({ TALLYWATCH_CONFIG: join(folder, 'none.json') })).toThrow(
    /none\.json: .*no such file/,
  )
})

test('the schema that is published is the one that is checked', async () => {
  const published = await readFile(
    new URL('../../../docs/tallywatch.config.schema.json', import.meta.url),
    'utf8',
  )
  expect(JSON.parse(published)).toEqual(z.toJSONSchema(configFileSchema, { io: 'input' }))
})
