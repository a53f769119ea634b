/** A table of an earlier run that a later one is held against, on whatever machine: costs relative to the run's own ceiling. */
import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { FailedError } from '../command.ts'
import type { Figure } from './measure.ts'

/** What a stage may cost more than before: less than that, runs of one program on one machine differ too. */
const WORSE_MAX = 0.1

export const CEILING = 'JSON.parse'

/** CPU time a unit in units of what JSON.parse takes for one of the run's lines, by stage. */
const tableSchema = z.object({ version: z.literal(1), relative: z.record(z.string(), z.number().positive()) })
export type CostTable = z.infer<typeof tableSchema>

/** Throws RangeError where the run has no ceiling. */
export function costTable(figures: readonly Figure[]): CostTable {
  const ceiling = figures.find(({ stage }) => stage === CEILING)
  if (ceiling === undefined) throw new RangeError('a run without its ceiling cannot be compared')
  const others = figures.filter(({ stage, cpuMicros }) => stage !== CEILING && cpuMicros > 0)
  const relative = others.map(({ stage, cpuMicros }) => [stage, cpuMicros / ceiling.cpuMicros] as const)
  return { version: 1, relative: Object.fromEntries(relative) }
}

/** One line for each stage of both that costs over a tenth more than before. Throws FailedError where they share none. */
export function worseThan(before: CostTable, now: CostTable): string[] {
  if (!Object.keys(now.relative).some((stage) => stage in before.relative))
    throw new FailedError(
      `the table has none of the stages of this run (${Object.keys(now.relative).join(', ')}); add them to it with --save`,
    )
  return Object.entries(now.relative).flatMap(([stage, cost]) => {
    const was = before.relative[stage]
    if (was === undefined || cost <= was * (1 + WORSE_MAX)) return []
    const percent = Math.round(100 * (cost / was - 1))
    return [
      `${stage} costs ${cost.toFixed(2)} times JSON.parse, ${percent} % more than the ${was.toFixed(2)} before`,
    ]
  })
}

/** Keeps what the file says of stages that were not measured now. */
export async function saveTable(path: string, now: CostTable): Promise<void> {
  const before = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    return null
  })
  const kept = before === null ? {} : parseTable(path, before).relative
  const table: CostTable = { version: 1, relative: { ...kept, ...now.relative } }
  await writeFile(path, `${JSON.stringify(table, null, 2)}\n`)
}

/** Throws FailedError where there is none. */
export async function loadTable(path: string): Promise<CostTable> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FailedError(`${path} cannot be read; \`bench --save ${path}\` makes it`, { cause })
  })
  return parseTable(path, text)
}

function parseTable(path: string, text: string): CostTable {
  try {
    return tableSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new FailedError(`${path} is no table of \`bench --save\``, { cause })
  }
}
