import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClassifier } from '../../../classify/model/classifier.ts'
import { startClassifierThreads } from '../../../classify/model/classifier-threads.ts'
import {
  startClassifierThread,
  ThreadError,
  type ClassifierThread,
} from '../../../classify/model/classifier-thread.ts'

const TEXTS = [
  'The scanner at our precinct is broken and they will not count our votes',
  'Lovely weather for a walk',
  'Officials in Maricopa County say that every ballot was counted; the rumor is false',
  '',
]
let thread: ClassifierThread
beforeAll(async () => void (thread = await startClassifierThread()))
afterAll(() => thread.stop())

test('the thread says what the classifier says, in order', async () => {
  const classifier = await createClassifier()
  expect(await thread.classifyAll(TEXTS)).toEqual(await classifier.classifyAll(TEXTS))
  expect(await thread.classifyAll([])).toEqual([])
})

test('answers several deliveries at once, each with its own', async () => {
  const answers = await Promise.all(TEXTS.map((text) => thread.classifyAll([text, TEXTS[0]!])))
  const whole = await thread.classifyAll(TEXTS)
  expect(answers.map(([first]) => first)).toEqual(whole)
})

test('whoever waits for a thread that ends is told', async () => {
  const short = await startClassifierThread()
  const waiting = short.classifyAll(Array.from({ length: 20_000 }, (_, i) => `${TEXTS[0]} ${i}`))
  await Promise.all([short.stop(), expect(waiting).rejects.toThrow('ended')])
  await expect(short.classifyAll(TEXTS)).rejects.toThrow('ended')
})

test('a thread that fails says why, as an error that no waiting mends', async () => {
  const short = await startClassifierThread()
  const failure: unknown = await short.classifyAll({ length: 1 } as never).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(ThreadError)
  expect(failure).toMatchObject({ code: 'thread_ended', cause: expect.any(TypeError) })
  expect(String(failure)).toMatch(/is not iterable.*start again/)
  await expect(short.classifyAll(TEXTS)).rejects.toBe(failure)
  await short.stop()
})

test('several threads say what one says, in order', async () => {
  const threads = await startClassifierThreads(2)
  const texts = [...TEXTS, ...TEXTS, ...Array.from({ length: 20 }, (_, i) => `They stole ${i} votes`)]
  expect(await threads.classifyAll(texts)).toEqual(await thread.classifyAll(texts))
  await threads.stop()
  await expect(threads.classifyAll(texts)).rejects.toThrow('ended')
})

test('a thread keeps to a young generation of its own, whatever the process was started with', async () => {
  const heapLimit = async (): Promise<number> => {
    const read =
      'require("node:worker_threads").parentPort.postMessage(require("node:v8").getHeapStatistics().heap_size_limit)'
    const worker = new Worker(read, {
      eval: true,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 24 },
    })
    return new Promise((resolve) => worker.once('message', resolve))
  }
  // As at every start (api/boot/node-flags.ts): three halves of 32 MiB, and no limit goes before it.
  setFlagsFromString('--max-semi-space-size=32')
  const before = await heapLimit()
  const started = await startClassifierThread()
  await started.stop()
  expect(before - (await heapLimit())).toBe((96 - 24) * 2 ** 20)
})
