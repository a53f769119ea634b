import { describe, expect, test } from 'vitest'
import { appOptions } from '../../../api/boot/app-options.ts'
import { readConfig, serverOnly } from '../../../api/boot/config.ts'

describe('configuration', () => {
  test('is embedded, on loopback, following Bluesky, with nothing set', () => {
    const config = readConfig({})
    expect(config.backends).toEqual({ kind: 'embedded', dataDir: 'tallywatch-data' })
    expect(config).toMatchObject({ host: '127.0.0.1', sources: ['bluesky'], falseAlarmsPerNight: 2 })
  })

  test('reports every problem at once, each with its name', () => {
    const wrong = () =>
      readConfig({
        TALLYWATCH_PORT: '99999',
        TALLYWATCH_DESK_PASSWORD: 'short',
        TALLYWATCH_FALSE_ALARMS: '0',
        TALLYWATCH_NAMESPACE: 'Not A Name',
        KAFKA_BROKERS: 'localhost:9092',
      })
    for (const name of [
      'TALLYWATCH_PORT',
      'TALLYWATCH_DESK_PASSWORD',
      'TALLYWATCH_FALSE_ALARMS',
      'TALLYWATCH_NAMESPACE',
      'CLICKHOUSE_URL',
    ]) {
      expect(wrong).toThrow(name)
    }
  })

  test('takes no name that nights beside another installation have', () => {
    const named = (name: string) => readConfig({ TALLYWATCH_NAMESPACE: name }).namespace
    expect(named('county_drills')).toBe('county_drills')
    for (const name of ['tallywatch_drill', 'county_replay'])
      expect(() => named(name)).toThrow('TALLYWATCH_NAMESPACE: must not end with _drill or _replay')
  })

  test('an empty variable counts as not set', () => {
    expect(readConfig({ CLICKHOUSE_URL: '', TALLYWATCH_PORT: '' }).port).toBe(4270)
  })

  test('is server mode with both Kafka and ClickHouse', () => {
    const env = { KAFKA_BROKERS: 'a:9092, b:9092', CLICKHOUSE_URL: 'http://c:8123' }
    expect(serverOnly(readConfig(env), 'ingest').backends).toMatchObject({
      kind: 'server',
      brokers: ['a:9092', 'b:9092'],
    })
    expect(() => serverOnly(readConfig({}), 'ingest')).toThrow('KAFKA_BROKERS')
  })

  test('flags override the environment', () => {
    const config = readConfig(
      { TALLYWATCH_PORT: '1', TALLYWATCH_SOURCES: 'drill' },
      { port: '2', sources: ['file:a', 'bluesky'] },
    )
    expect(config).toMatchObject({ port: 2, sources: ['file:a', 'bluesky'] })
  })

  test('a mistake in a flag is told by the flag, one in the environment by its variable', () => {
    const message = (env: Record<string, string>, flags: Parameters<typeof readConfig>[1]): string => {
      try {
        readConfig(env, flags)
      } catch (error) {
        return String(error)
      }
      return 'nothing was wrong'
    }
    const flagged = message({ TALLYWATCH_PORT: '1' }, { port: '99999', data: '' })
    expect(flagged).toMatch(/^ {2}--port: .*65535/m)
    expect(flagged).toMatch(/^ {2}--data: /m)
    expect(flagged).not.toContain('TALLYWATCH_')
    expect(message({ TALLYWATCH_PORT: '99999' }, { data: 'here' })).toMatch(/^ {2}TALLYWATCH_PORT: .*65535/m)
  })

  test('a desk that others can reach needs a password', () => {
    const rest = { pageDir: null, demo: null, installation: 'test' }
    expect(() => appOptions(readConfig({ TALLYWATCH_HOST: '0.0.0.0' }), rest)).toThrow(
      'TALLYWATCH_DESK_PASSWORD',
    )
    const open = readConfig({ TALLYWATCH_HOST: '0.0.0.0', TALLYWATCH_DESK_PASSWORD: 'correct horse battery' })
    expect(appOptions(open, rest).auth).toEqual({ password: 'correct horse battery' })
  })

  test('behind a server in front a desk answers for its public name, and a drill has an address of its own there', () => {
    const rest = { pageDir: null, demo: null, installation: 'test' }
    const config = readConfig({ TALLYWATCH_PUBLIC_URL: 'https://answers.example.gov/desk/' })
    const desk = appOptions(config, rest)
    expect(desk.allowedHosts).toEqual(expect.arrayContaining(['localhost', 'answers.example.gov']))
    expect(desk.publicUrl).toBe('https://answers.example.gov/desk')
    const drill = appOptions(config, { ...rest, basePath: '/drill' })
    expect(drill.publicUrl).toBe('https://answers.example.gov/desk/drill')
  })
})
