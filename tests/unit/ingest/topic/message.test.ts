import { array, assert, integer, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createPack, readLines, splitMessage } from '../../../../ingest/topic/message.ts'

const schema = z.string()
const place = { partition: 0, offset: 7 }
/** A topic that takes any batch of ours. */
const WHOLE = 1_000_000
const toLine = (text: string) => JSON.stringify(text)
const plain = { toLine }
const read = (value: Buffer | string | null) =>
  readLines({ schema }, splitMessage(typeof value === 'string' ? Buffer.from(value) : value), place)

describe('messages', () => {
  test('hold what was put in, in order, whatever the texts', () => {
    const texts = array(string({ unit: 'binary', maxLength: 40 }), { maxLength: 50 })
    assert(
      property(texts, integer({ min: 1, max: 9 }), (records, most) => {
        const messages = createPack(most, WHOLE)(records, plain)
        const back = messages.flatMap(({ value }) => read(value).records)
        expect(back).toEqual(records)
        expect(messages.map(({ records: count }) => count).every((count) => count <= most)).toBe(true)
        expect(messages.reduce((sum, { records: count }) => sum + count, 0)).toBe(records.length)
      }),
    )
  })

  test('are at most 64 KiB, but for one record that is larger', () => {
    const records = [...Array.from({ length: 64 }, () => 'ü'.repeat(1_000)), 'x'.repeat(200_000), 'end']
    const messages = createPack(64, WHOLE)(records, plain)
    const large = messages.filter(({ value }) => value.length > 65_536)
    expect(large.map(({ value, records: count }) => [value.length, count])).toEqual([[200_002, 1]])
    expect(messages.length).toBeLessThan(10)
    expect(messages.flatMap(({ value }) => read(value).records)).toEqual(records)
  })

  test('are no larger than the topic takes', () => {
    const records = Array.from({ length: 64 }, () => 'x'.repeat(1_000))
    const messages = createPack(64, 20_000)(records, plain)
    expect(Math.max(...messages.map(({ value }) => value.length))).toBeLessThanOrEqual(20_000)
    expect(messages.flatMap(({ value }) => read(value).records)).toEqual(records)
  })

  test('are the same whether their lines were drafted or not', () => {
    const toDraft = (text: string) => ({ line: `"${text}"`, quotes: 2 })
    const texts = array(string({ unit: 'binary', maxLength: 40 }), { maxLength: 50 })
    assert(
      property(texts, integer({ min: 1, max: 9 }), integer({ min: 30, max: 400 }), (records, most, bytes) => {
        const drafted = createPack(most, bytes)(records, { toLine, toDraft })
        expect(drafted).toEqual(createPack(most, bytes)(records, plain))
      }),
    )
  })

  test('keep their bytes when the next ones are made', () => {
    const pack = createPack(64, WHOLE)
    const [first] = pack(['first'], plain)
    pack(['other'], plain)
    expect(first?.value.toString('utf8')).toBe('"first"')
  })
})

describe('a line that is no record', () => {
  test('has its number among those that are not blank; alone it has none', () => {
    expect(read('"a"\n\n1\n"b"\n').invalid).toMatchObject([{ ...place, line: 2, payload: '1' }])
    expect(read('"a"\n\n1\n"b"\n').records).toEqual(['a', 'b'])
    expect(read('1').invalid).toMatchObject([{ ...place, line: null }])
    expect(read('1\n').invalid).toMatchObject([{ ...place, line: null }])
  })

  test('is the message itself where that has far too many', () => {
    const { records, invalid } = read('x\n'.repeat(200_000))
    expect(records).toEqual([])
    expect(invalid).toMatchObject([{ ...place, line: null, payload: 'x' }])
  })

  test('is the message itself where that is empty, blank or without a value', () => {
    for (const value of ['', '\n', ' \n\r\n', null]) {
      expect(read(value).records).toEqual([])
      expect(read(value).invalid).toMatchObject([{ ...place, line: null }])
    }
  })

  test('is not every line of one value that is written over several', () => {
    expect(read('\n"a"\n').records).toEqual(['a'])
    const one = JSON.stringify(['not', 'a', 'text'], null, 2)
    expect(read(one).invalid).toMatchObject([{ line: null, payload: one }])
  })

  test('of bytes that are not UTF-8 takes no other with it', () => {
    const value = Buffer.concat([Buffer.from('"a"\n'), Buffer.from([0xc3, 0x28]), Buffer.from('\n"ä"')])
    expect(read(value).records).toEqual(['a', 'ä'])
    expect(read(value).invalid).toMatchObject([{ line: 2, detail: 'The record is not UTF-8' }])
  })
})
