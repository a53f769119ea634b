import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readConfig } from '../../api/boot/config.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const composeText = read('docker-compose.yml')
const dockerfile = read('Dockerfile')

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
const validate = ajv.compile(
  z.record(z.string(), z.unknown()).parse(JSON.parse(read('tests/unit/fixtures/compose-spec.json'))),
)

/** The parts of a compose file that the checks below look at; the specification's schema looks at all of it. */
const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string().default(''),
      command: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
      healthcheck: z.object({ test: z.array(z.string()) }).optional(),
      restart: z.string().optional(),
      mem_limit: z.union([z.string(), z.number()]).optional(),
      networks: z.array(z.string()).default([]),
      ports: z.array(z.unknown()).default([]),
      volumes: z.array(z.string()).default([]),
    }),
  ),
  networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) }).nullable()),
  volumes: z.record(z.string(), z.unknown()),
})
type Compose = z.infer<typeof composeSchema>
type Service = Compose['services'][string]

const ROLES = ['ingest', 'classify', 'desk']
const SECRET = /PASSWORD|SECRET|TOKEN|_KEY$/
/** Without it the metrics are as open as its documents say. */
const NEED_NOT_BE = 'TALLYWATCH_METRICS_TOKEN'
const VARIABLE = /\$\{([^}]*)\}/g

function load(text: string): unknown {
  return parse(text, { merge: true })
}

/** Everything that is wrong with a compose file, in words. */
function problemsOf(text: string): string[] {
  const file = load(text)
  if (!validate(file)) {
    return (validate.errors ?? []).map((error) => `schema: ${error.instancePath} ${error.message ?? ''}`)
  }
  const compose = composeSchema.parse(file)
  const services = Object.entries(compose.services)
  return [
    ...variableProblems(text),
    ...services.flatMap(([name, service]) => serviceProblems(name, service, compose)),
    ...services.flatMap(([name, service]) => networkProblems(name, service, compose)),
  ]
}

function variableProblems(text: string): string[] {
  const problems: string[] = []
  for (const [, variable] of text.matchAll(VARIABLE)) {
    if (/^\w+:\?\s*$/.test(variable!)) problems.push(`variable ${variable} does not say what to set`)
    else if (!/^\w+:[-?]/.test(variable!))
      problems.push(`variable ${variable} is neither required nor given a default`)
  }
  return problems
}

function serviceProblems(name: string, service: Service, compose: Compose): string[] {
  const problems: string[] = []
  const tag = /:([^:/]+)$/.exec(service.image)?.[1]
  if (tag === undefined || !/^v?\d+\.\d+\.\d+/.test(tag)) problems.push(`${name}: the image is not pinned`)
  if (service.healthcheck === undefined) problems.push(`${name}: no health check`)
  if (service.restart === undefined) problems.push(`${name}: no restart policy`)
  if (service.mem_limit === undefined) problems.push(`${name}: no memory limit`)
  for (const [key, value] of Object.entries(service.environment)) {
    const optional = key === NEED_NOT_BE && value === `\${${key}:-}`
    if (SECRET.test(key) && !optional && !/^\$\{\w+:\?.+\}$/.test(String(value)))
      problems.push(`${name}: ${key} has a default`)
    if (/:\/\/[^/]*:[^/]*@/.test(String(value))) problems.push(`${name}: ${key} holds a password`)
  }
  for (const [target, { condition }] of Object.entries(service.depends_on)) {
    if (!(target in compose.services)) problems.push(`${name}: depends on ${target}, which does not exist`)
    if (condition !== 'service_healthy') problems.push(`${name}: does not wait for ${target} to be healthy`)
  }
  for (const volume of service.volumes) {
    const source = volume.split(':')[0]!
    if (!(source in compose.volumes)) problems.push(`${name}: the volume ${source} is not declared`)
  }
  return problems
}

function networkProblems(name: string, service: Service, compose: Compose): string[] {
  const problems: string[] = []
  for (const network of service.networks) {
    if (!(network in compose.networks)) problems.push(`${name}: the network ${network} is not declared`)
  }
  if (name !== 'desk' && service.ports.length > 0) problems.push(`${name}: only the desk is published`)
  const open = service.networks.some((network) => compose.networks[network]?.internal !== true)
  if (!ROLES.includes(name) && open) problems.push(`${name}: can be reached from outside`)
  return problems
}

/** Each breaks one thing; its check must say so. */
const BROKEN: readonly [what: string, from: string | RegExp, to: string, problem: RegExp][] = [
  [
    'a word that the specification does not know',
    'mem_limit: 3g',
    'memory: 3g',
    /^schema: \/services\/clickhouse .*unevaluated properties/,
  ],
  ['a value of the wrong kind', 'retries: 5', 'retries: [5]', /^schema: .*retries/],
  ['an image of any version', 'apache/kafka:4.3.1', 'apache/kafka:latest', /^kafka: the image is not pinned/],
  [
    'an image of a whole series',
    /clickhouse-server:\d\S+/,
    'clickhouse-server:26',
    /^clickhouse: the image is not pinned/,
  ],
  ['an image without a tag', 'tallywatch:0.1.0', 'tallywatch', /^desk: the image is not pinned/],
  [
    'no health check',
    /healthcheck:\n {6}test: \[CMD, wget[^]*?start_period: 30s\n/,
    '',
    /^clickhouse: no health check/,
  ],
  ['no restart', 'restart: unless-stopped', 'attach: true', /^ingest: no restart policy/],
  ['no limit', '    mem_limit: 768m\n', '', /^ingest: no memory limit/],
  [
    'a default password',
    /\$\{TALLYWATCH_DESK_PASSWORD:\?[^}]*\}/,
    '${TALLYWATCH_DESK_PASSWORD:-letmein}',
    /^desk: TALLYWATCH_DESK_PASSWORD has a default/,
  ],
  [
    'a password in the file',
    /\$\{CLICKHOUSE_PASSWORD:\?[^}]*\}/,
    'letmein',
    /^(desk|classify|ingest): CLICKHOUSE_PASSWORD has a default/,
  ],
  [
    'a password in an address',
    'http://clickhouse:8123',
    'http://a:b@clickhouse:8123',
    /CLICKHOUSE_URL holds a password/,
  ],
  [
    'a required variable without a word',
    /(\$\{TALLYWATCH_OFFICE:\?)[^}]*\}/,
    '$1}',
    /TALLYWATCH_OFFICE:\? does not say what to set/,
  ],
  [
    'a variable that may be missing',
    /\$\{TALLYWATCH_SOURCES:-bluesky\}/,
    '${TALLYWATCH_SOURCES}',
    /TALLYWATCH_SOURCES is neither/,
  ],
  [
    'a dependence on nothing',
    'clickhouse: { condition: service_healthy }',
    'clikhouse: { condition: service_healthy }',
    /depends on clikhouse/,
  ],
  [
    'a dependence that does not wait',
    'kafka: { condition: service_healthy }',
    'kafka: { condition: service_started }',
    /^ingest: does not wait for kafka/,
  ],
  [
    'a volume that is not declared',
    'kafka:/var/lib/kafka/data',
    'topic:/var/lib/kafka/data',
    /^kafka: the volume topic/,
  ],
  [
    'a network that is not declared',
    'networks: [inside]',
    'networks: [indoors]',
    /^kafka: the network indoors/,
  ],
  [
    'a published store',
    '    networks: [inside]\n    ulimits',
    '    ports: ["8123:8123"]\n    networks: [inside]\n    ulimits',
    /^clickhouse: only the desk/,
  ],
  [
    'a broker on the open network',
    '    networks: [inside]\n    stop_grace',
    '    networks: [inside, outside]\n    stop_grace',
    /^kafka: can be reached/,
  ],
]

describe('docker-compose.yml', () => {
  test('follows the Compose Specification, and this project’s rules for it', () => {
    expect(problemsOf(composeText)).toEqual([])
  })

  test.each(BROKEN)('would be refused with %s', (_, from, to, problem) => {
    const broken = composeText.replace(from, to)
    expect(broken).not.toBe(composeText)
    expect(problemsOf(broken)).toContainEqual(expect.stringMatching(problem))
  })

  const compose = composeSchema.parse(load(composeText))

  test('runs Kafka, ClickHouse and the three roles, all three from one image', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'classify',
      'clickhouse',
      'desk',
      'ingest',
      'kafka',
    ])
    expect(new Set(ROLES.map((role) => compose.services[role]!.image)).size).toBe(1)
  })

  test.each(ROLES)('gives %s an environment that Tallywatch reads as server mode', (role) => {
    const environment = compose.services[role]!.environment
    const env = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, interpolate(String(value))]),
    )
    const config = readConfig(env)
    expect(config.backends).toMatchObject({ kind: 'server', brokers: ['kafka:9092'] })
    const known = read('api/boot/config.ts')
    for (const name of Object.keys(environment)) expect(known).toContain(`${name}:`)
  })

  test.each(['ingest', 'classify'])('asks %s whether it is ready, where Prometheus asks too', (role) => {
    const { environment, healthcheck, ports } = compose.services[role]!
    const { health } = readConfig({ TALLYWATCH_HEALTH: String(environment['TALLYWATCH_HEALTH']) })
    // Of every address: Prometheus is another container.
    expect(health).toMatchObject({ host: '0.0.0.0' })
    expect(healthcheck!.test.join(' ')).toContain(`http://127.0.0.1:${health!.port}/readyz`)
    expect(ports).toEqual([])
  })

  test.each(ROLES)('tells %s where traces go, if anywhere', (role) => {
    const { environment } = compose.services[role]!
    const set = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_TRACES_SAMPLER_ARG: '0.5' }
    const env = Object.fromEntries(
      Object.entries(set).filter(([name]) => environment[name] === `\${${name}:-}`),
    )
    expect(readConfig(env).traces).toEqual({ url: 'http://collector:4318/v1/traces', ratio: 0.5 })
    expect(environment).toMatchObject({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '${OTEL_EXPORTER_OTLP_TRACES_ENDPOINT:-}',
    })
  })

  test.each(ROLES)('gives %s the token of its metrics, if there is one', (role) => {
    const { environment } = compose.services[role]!
    expect(environment).toMatchObject({ TALLYWATCH_METRICS_TOKEN: '${TALLYWATCH_METRICS_TOKEN:-}' })
    expect(readConfig({ TALLYWATCH_METRICS_TOKEN: '' }).metricsToken).toBeUndefined()
  })

  describe('as the command line sees it', () => {
    const entry = z.array(z.string()).parse(JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)![1]!))
    const help = async (command: readonly string[]): Promise<string> => {
      const [program, ...args] = [...entry, ...command, '--help']
      // Starting it loads most of the program.
      return (await promisify(execFile)(program, args, { cwd: root, timeout: 50_000 })).stdout
    }

    test.each(ROLES)('has a command for %s that exists', { timeout: 60_000 }, async (role) => {
      expect(await help(compose.services[role]!.command!)).toContain(`usage: tallywatch ${role}`)
    })

    test('would be refused with one that does not', { timeout: 60_000 }, async () => {
      await expect(help(['clasify'])).rejects.toThrow('there is no command `clasify`')
    })
  })
})

/** As compose does it, with a value for everything that is required. */
function interpolate(value: string): string {
  return value.replace(VARIABLE, (_, variable: string) => {
    const [, kind, rest] = /^\w+:([-?])(.*)$/.exec(variable)!
    return kind === '-' ? rest! : 'a-value-of-more-than-32-characters-here'
  })
}

describe('the Dockerfile', () => {
  const stages = [...dockerfile.matchAll(/^FROM (\S+)(?: AS (\S+))?$/gm)].map(([, image, name]) => ({
    image,
    name,
  }))

  test('builds in stages from one pinned image', () => {
    expect(stages.length).toBeGreaterThan(1)
    const names = new Set(stages.map(({ name }) => name))
    const outside = stages.filter(({ image }) => !names.has(image)).map(({ image }) => image)
    expect(new Set(outside).size).toBe(1)
    expect(outside[0]).toMatch(/^node:20\.\d+\.\d+-\w+-slim$/)
  })

  test('installs by the lockfile and does not run as root', () => {
    expect(dockerfile).toMatch(/^RUN npm ci\b/m)
    expect(dockerfile).not.toMatch(/npm install/)
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
    expect([...last.matchAll(/^USER (\S+)$/gm)].map(([, user]) => user)).toEqual(['node'])
  })

  test('copies only what .dockerignore lets in, and lets in all that it needs', () => {
    const [first, ...rest] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(first).toBe('*')
    expect(rest.every((line) => line.startsWith('!'))).toBe(true)
    const allowed = new Set(rest.map((line) => line.slice(1)))
    for (const needed of [
      '.npmrc',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'ingest',
      'classify',
      'api',
      'dashboards',
    ]) {
      expect(allowed).toContain(needed)
    }
    for (const kept of ['tests', 'node_modules', 'tallywatch-data', '.git', '.env'])
      expect(allowed).not.toContain(kept)
  })
})
