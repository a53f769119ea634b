import { describe, expect, it } from 'vitest'
import { createRecent } from '../../../classify/model/recent.ts'

describe('what is kept of texts', () => {
  it('is there until as many others came as half of them', () => {
    const recent = createRecent<number>(4)
    recent.set('a', 1)
    for (const key of ['b', 'c']) recent.set(key, 2)
    expect(recent.get('a')).toBe(1)
    for (const key of ['d', 'e', 'f', 'g']) recent.set(key, 3)
    expect(recent.get('a')).toBeUndefined()
    expect(recent.get('g')).toBe(3)
  })

  it('lasts where it is asked for, whatever comes between', () => {
    const recent = createRecent<number>(4)
    recent.set('copied', 1)
    for (let i = 0; i < 100; i++) {
      recent.set(`other ${i}`, i)
      expect(recent.get('copied')).toBe(1)
    }
    expect(recent.get('other 90')).toBeUndefined()
  })

  it('is bounded', () => {
    const recent = createRecent<number>(10)
    for (let i = 0; i < 1_000; i++) recent.set(String(i), i)
    const kept = Array.from({ length: 1_000 }, (_, i) => i).filter((i) => recent.get(String(i)) !== undefined)
    expect(kept.length).toBeLessThanOrEqual(10)
    expect(kept.at(-1)).toBe(999)
  })
})
