import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createNormalizer } from '../../../ingest/normalize.ts'
import { createDrillSource } from '../../../ingest/sources/drill/source.ts'
import { CEILING, costTable, loadTable, saveTable, worseThan } from '../bench/compare.ts'
import { measureDetector } from '../bench/detector.ts'
import { measureLoad } from '../bench/load/measure-load.ts'
import { LOAD_FLAGS, readLoadOptions } from '../bench/load/options.ts'
import { measureOverload, reportOverload } from '../bench/load/overload.ts'
import { report } from '../bench/load/report.ts'
import type { Figure } from '../bench/measure.ts'
import {
  measureClaims,
  measureClassifier,
  measureEncoder,
  measureFast,
  measureGate,
  measureLanguage,
  measureParse,
  measureSource,
  measureStore,
  measureTopic,
  readMaterial,
} from '../bench/stages.ts'
import { measureStream } from '../bench/stream.ts'
import { measureWhole } from '../bench/whole.ts'
import { UsageError, type Command, type Io } from '../command.ts'
import { removeFolder, temporaryFolder } from '../folder.ts'
import { createSources } from '../sources.ts'

const STAGES = [
  'parse',
  'source',
  'stream',
  'gate',
  'language',
  'fast',
  'encoder',
  'classify',
  'claims',
  'topic',
  'store',
  'detector',
  'whole',
] as const
type Stage = (typeof STAGES)[number]

/** Loads over the whole way, each alone in its run. */
const LOADS = ['load', 'burst', 'overload'] as const

export const benchCommand: Command = {
  name: 'bench',
  summary: 'measures each stage, or a load over the whole way, beside its ceiling in one run',
  usage: `[${STAGES.join('|')}] [--file RECORDED_NIGHT] [--json] [--save TABLE] [--against TABLE]   without a file: the drill's posts
       bench load [--kind mixed|election] [--rate POSTS_A_SECOND] [--seconds N] [--server [--workers N]] [--profile DIR]
       bench burst [--kind mixed|election] [--server [--workers N]]   --server: on KAFKA_BROKERS and CLICKHOUSE_URL
       bench overload [--kind mixed|election] [--rate POSTS_A_SECOND] [--times N] [--seconds N] [--server [--workers N]]`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        file: { type: 'string' },
        json: { type: 'boolean', default: false },
        save: { type: 'string' },
        against: { type: 'string' },
        ...LOAD_FLAGS,
      },
    })
    const before = values.against === undefined ? null : await loadTable(values.against)
    const load = positionals.length === 1 ? LOADS.find((name) => name === positionals[0]) : undefined
    if (load === 'overload' && (values.save ?? values.against) !== undefined)
      throw new UsageError(
        '`bench overload` compares its own two runs: --save and --against are for the others',
      )
    const stages = load !== undefined ? [] : positionals.length === 0 ? STAGES : positionals.map(toStage)
    const folder = await temporaryFolder()
    let figures: Figure[]
    try {
      if (load === 'overload') {
        const tell = (text: string) => io.stderr.write(`${load}: ${text}\n`)
        const options = { ...readLoadOptions(load, values, io), folder, tell }
        const overload = await measureOverload(options, io.signal)
        io.stdout.write(values.json ? `${JSON.stringify(overload)}\n` : reportOverload(overload))
        return overload.different.length > 0 ? 1 : 0
      }
      if (load === undefined) {
        const file = values.file ?? (await writeDrill(folder))
        figures = await runStages(stages, file, folder, io)
        io.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : table(figures))
      } else {
        const tell = (text: string) => io.stderr.write(`${load}: ${text}\n`)
        const measured = await measureLoad({ ...readLoadOptions(load, values, io), folder, tell }, io.signal)
        figures = measured.rows
        io.stdout.write(values.json ? `${JSON.stringify(measured)}\n` : table(figures) + report(measured))
      }
    } finally {
      await removeFolder(folder)
    }
    const costs = costTable(figures)
    if (values.save !== undefined) await saveTable(values.save, costs)
    const worse = before === null ? [] : worseThan(before, costs)
    for (const line of worse) io.stderr.write(`tallywatch bench: ${line}\n`)
    return worse.length > 0 ? 1 : 0
  },
}

function toStage(name: string): Stage {
  const stage = STAGES.find((known) => known === name)
  if (stage === undefined)
    throw new UsageError(
      `there is no stage \`${name}\`; the stages are ${STAGES.join(', ')}, and apart ${LOADS.join(', ')}`,
    )
  return stage
}

async function runStages(stages: readonly Stage[], file: string, folder: string, io: Io): Promise<Figure[]> {
  const open = () => createSources([`file:${file}`], { authorKey: 'bench'.repeat(8), speed: 'max' })[0]!
  const material = await readMaterial(file, open(), io.signal)
  const run: Record<Stage, () => Promise<Figure | Figure[]>> = {
    parse: () => measureParse(material),
    source: () => measureSource(open, material, io.signal),
    stream: () => measureStream(join(folder, 'stream'), io.signal),
    gate: () => measureGate(material),
    fast: () => measureFast(material),
    encoder: () => measureEncoder(material),
    language: () => measureLanguage(material),
    classify: () => measureClassifier(material),
    claims: () => measureClaims(material),
    topic: () => measureTopic(material),
    store: () => measureStore(material, join(folder, 'store')),
    detector: async () => measureDetector(),
    whole: () => measureWhole(open(), material.posts.length, join(folder, 'whole')),
  }
  // The ceiling stands first in every run.
  const wanted = stages.includes('parse') ? stages : (['parse', ...stages] as const)
  const figures: Figure[] = []
  for (const stage of wanted) {
    io.stderr.write(`measuring ${stage} …\n`)
    figures.push(...[await run[stage]()].flat())
  }
  return figures
}

/** The drill as a file of JSON lines, for machines without a recorded night. */
async function writeDrill(folder: string): Promise<string> {
  const normalize = createNormalizer({ authorKey: 'bench'.repeat(8) })
  const lines: string[] = []
  for (let seed = 1; lines.length < 40_000; seed++) {
    const source = createDrillSource({
      scenario: 'night',
      seed,
      speed: 'max',
      startAt: Date.UTC(2026, 10, 4),
      normalize,
    })
    for await (const batch of source.read(null, new AbortController().signal)) {
      for (const post of batch.posts) {
        if (post.text === '') continue
        lines.push(
          JSON.stringify({
            id: `${seed}-${post.id}`,
            date: new Date(post.createdAt).toISOString(),
            author: post.author,
            state: post.placeHint,
            text: post.text,
          }),
        )
      }
    }
  }
  const path = join(folder, 'drill.jsonl')
  await writeFile(path, `${lines.sort((a, b) => dateOf(a).localeCompare(dateOf(b))).join('\n')}\n`)
  return path
}

function dateOf(line: string): string {
  return (JSON.parse(line) as { date: string }).date
}

function table(figures: readonly Figure[]): string {
  const ceiling = figures.find(({ stage }) => stage === CEILING)!.perSecond
  const rows = figures.map(({ stage, perSecond, cpuMicros, note }) => [
    stage,
    Math.round(perSecond).toLocaleString('en-US'),
    `${((100 * perSecond) / ceiling).toFixed(1)} %`,
    cpuMicros.toFixed(1),
    note,
  ])
  const all = [['stage', 'posts/s', 'of ceiling', 'CPU µs/post', ''], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 || i === 4 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd()
  return `${all.map(line).join('\n')}\n`
}
