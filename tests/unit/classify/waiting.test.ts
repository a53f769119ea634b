import { expect, test } from 'vitest'
import type { Store } from '../../../classify/store/store.ts'
import { createWaitingReposts } from '../../../classify/waiting.ts'

test('deliveries that ask while a question is under way share the next one, which a failure of the first does not stop', async () => {
  const answers: ((kept: number | Error) => void)[] = []
  const query = () =>
    new Promise<{ kept: number }[]>((resolve, reject) => {
      answers.push((kept) => (kept instanceof Error ? reject(kept) : resolve([{ kept }])))
    })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const waiting = createWaitingReposts({ query } as Pick<Store, 'query'>, async () => {})

  const first = waiting.waitingFor(['a'])
  await turn()
  const others = [waiting.waitingFor(['b']), waiting.waitingFor(['c'])]
  await turn()
  // What is asked for later must see what was kept before it: the question under way is too old.
  expect(answers.length).toBe(1)
  answers[0]!(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await turn()
  expect(answers.length).toBe(2)
  answers[1]!(0)
  expect(await Promise.all(others)).toEqual([[], []])
})
