import { parseArgs } from 'node:util'
import { FailedError, UsageError, type Command } from '../command.ts'
import { createErrorLog } from '../log.ts'
import { removeFolder, temporaryFolder } from '../folder.ts'
import { judgeSoak, SAMPLES_MIN, type Sample } from '../soak/judge.ts'
import { soak } from '../soak/soak.ts'

/** Longer than an hour nobody looks at it. */
const MINUTES_MAX = 60
/** Enough samples for thirds that say something, few enough that looking costs nothing. */
const SAMPLES = 60

export const soakCommand: Command = {
  name: 'soak',
  summary: 'plays night after night and tells whether memory, handles, disk a post and answers stay flat',
  usage: '[--minutes 60] [--speed 60|max] [--json]',
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: 'string', default: '60' },
        speed: { type: 'string', default: '60' },
        json: { type: 'boolean', default: false },
      },
    })
    const minutes = Number(values.minutes)
    if (!(minutes >= 0.5 && minutes <= MINUTES_MAX))
      throw new UsageError(`--minutes must be 0.5 to ${MINUTES_MAX}`)
    const speed: number | 'max' = values.speed === 'max' ? 'max' : Number(values.speed)
    if (speed !== 'max' && !(speed > 0)) throw new UsageError('--speed must be a number above 0, or max')
    const folder = await temporaryFolder()
    try {
      const seconds = minutes * 60
      const options = {
        folder,
        seconds,
        speed,
        everySeconds: Math.max(2, seconds / SAMPLES),
        onSample(sample: Sample) {
          if (values.json) io.stdout.write(`${JSON.stringify(sample)}\n`)
        },
        onError: createErrorLog(),
      }
      const samples = await soak(options, io.signal)
      if (samples.length < SAMPLES_MIN)
        throw new FailedError(`${samples.length} samples are too few to judge by: let it go on for longer`)
      const findings = judgeSoak(samples)
      for (const { level, text } of findings)
        (values.json ? io.stderr : io.stdout).write(`${level === 'ok' ? 'flat ' : 'GROWS'}  ${text}\n`)
      return findings.some(({ level }) => level === 'problem') ? 1 : 0
    } finally {
      await removeFolder(folder)
    }
  },
}
