// Loaded before everything else (NODE_OPTIONS=--import=…): the wall clock of this process is off by as many milliseconds
// as the file FAULTS_CLOCK says, and follows it. Monotonic clocks and timers go on as they are, as at a real jump.
import { readFileSync } from 'node:fs'

const file = process.env.FAULTS_CLOCK
if (file !== undefined) {
  const RealDate = Date
  let shiftMs = 0
  const look = () => {
    try {
      shiftMs = Number(readFileSync(file, 'utf8')) || 0
    } catch (error) {
      // Not written yet: the clock is right.
      if (error.code !== 'ENOENT') throw error
    }
  }
  look()
  setInterval(look, 50).unref()
  globalThis.Date = class Date extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(RealDate.now() + shiftMs)
      else super(...args)
    }
    static now() {
      return RealDate.now() + shiftMs
    }
  }
}
