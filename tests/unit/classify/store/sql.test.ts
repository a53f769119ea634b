import { describe, expect, it } from 'vitest'
import { ident, joinSql, param, sql } from '../../../../classify/store/sql.ts'

describe('the sql tag', () => {
  it('numbers parameters and keeps their values out of the text', () => {
    const query = sql`SELECT ${ident('post')} FROM posts WHERE id = ${param.string("' OR 1 --")} AND n > ${param.int(3)}`
    expect(query.text).toBe('SELECT `post` FROM posts WHERE id = {p0:String} AND n > {p1:Int64}')
    expect(query.params).toEqual({ p0: "' OR 1 --", p1: 3 })
  })

  it('numbers them anew when fragments come together, however often one is used', () => {
    const place = sql`place = ${param.string('PA')}`
    const range = sql`minute BETWEEN ${param.int(1)} AND ${param.int(2)}`
    const query = sql`SELECT ${param.bool(true)} WHERE ${joinSql([place, range, place], ' AND ')}`
    expect(query.text).toBe(
      'SELECT {p0:Bool} WHERE place = {p1:String} AND minute BETWEEN {p2:Int64} AND {p3:Int64} AND place = {p4:String}',
    )
    expect(query.params).toEqual({ p0: true, p1: 'PA', p2: 1, p3: 2, p4: 'PA' })
  })

  it('joins nothing to nothing', () => expect(joinSql([], ', ')).toEqual(sql``))

  it.each(['', '1a', 'a b', 'a`', 'a.b', "a'", 'é'])('takes no identifier like %j', (name) => {
    expect(() => ident(name)).toThrow(RangeError)
  })

  it('takes whole numbers only where the engine does', () => {
    for (const value of [0.5, NaN, 2 ** 53]) expect(() => param.int(value)).toThrow(RangeError)
    for (const value of [-1, 0.5, 4_294_967_296]) expect(() => param.minutes([1, value])).toThrow(RangeError)
    for (const value of ['', '-1', '1e3', 'x']) expect(() => param.uint64(value)).toThrow(RangeError)
  })
})
