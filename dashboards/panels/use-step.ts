import { useState } from 'preact/hooks'
import type { Rebuttal } from '../../api/contract.ts'
import { CallError } from '../client.ts'
import { putRebuttals } from '../state.ts'

export interface Step {
  busy: boolean
  problem: string | null
  /** True where it worked. */
  run: (step: () => Promise<Rebuttal>) => Promise<boolean>
}

/** Runs a step of an answer, keeps what came of it, and says in words what went wrong. */
export function useStep(): Step {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  async function run(step: () => Promise<Rebuttal>): Promise<boolean> {
    setBusy(true)
    setProblem(null)
    try {
      putRebuttals([await step()])
      return true
    } catch (error) {
      setProblem(error instanceof CallError ? error.message : 'This did not work. Please try again.')
      return false
    } finally {
      setBusy(false)
    }
  }
  return { busy, problem, run }
}
