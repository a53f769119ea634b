/**
 * SQL is written through the `sql` tag only. A slot takes a fragment (another `sql`), an identifier (`ident`), or a
 * typed parameter (`param.string('x')`), which is bound by the engine; a bare string does not compile.
 */

type ParamType = 'String' | 'Float64' | 'Int64' | 'UInt64' | 'Bool' | 'Array(String)' | 'Array(UInt32)'

interface Param {
  readonly kind: 'param'
  readonly type: ParamType
  readonly value: unknown
}
interface Ident {
  readonly kind: 'ident'
  readonly name: string
}
export interface Sql {
  readonly kind: 'sql'
  /** Text with `{pN:Type}` slots. */
  readonly text: string
  readonly params: Readonly<Record<string, unknown>>
}

/** Values that the engine would refuse, or take as another: said here, where the mistake is. Throw RangeError. */
export const param = {
  string: (value: string): Param => ({ kind: 'param', type: 'String', value }),
  strings: (value: readonly string[]): Param => ({ kind: 'param', type: 'Array(String)', value }),
  minutes: (value: readonly number[]): Param => {
    for (const minute of value)
      ensure(Number.isInteger(minute) && minute >= 0 && minute < 2 ** 32, 'minute', minute)
    return { kind: 'param', type: 'Array(UInt32)', value }
  },
  float: (value: number): Param => ({ kind: 'param', type: 'Float64', value }),
  int: (value: number): Param => {
    ensure(Number.isSafeInteger(value), 'safe integer', value)
    return { kind: 'param', type: 'Int64', value }
  },
  /** Decimal digits, for 64-bit values that a number cannot hold. */
  uint64: (value: string): Param => {
    ensure(/^\d{1,20}$/.test(value), 'decimal number', value)
    return { kind: 'param', type: 'UInt64', value }
  },
  bool: (value: boolean): Param => ({ kind: 'param', type: 'Bool', value }),
}

function ensure(holds: boolean, what: string, value: unknown): void {
  if (!holds) throw new RangeError(`not a ${what}: ${String(value)}`)
}

/** A table's or column's name: letters, digits and underscores. Throws RangeError for anything else. */
export function ident(name: string): Ident {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new RangeError(`not an SQL identifier: ${name}`)
  return { kind: 'ident', name }
}

export function sql(strings: TemplateStringsArray, ...slots: readonly (Sql | Param | Ident)[]): Sql {
  const params: Record<string, unknown> = {}
  let next = 0
  const add = (type: string, value: unknown): string => {
    const name = `p${next++}`
    params[name] = value
    return `{${name}:${type}}`
  }
  const inline = (slot: Sql | Param | Ident): string => {
    if (slot.kind === 'param') return add(slot.type, slot.value)
    if (slot.kind === 'ident') return `\`${slot.name}\``
    return slot.text.replace(/\{(p\d+):([^}]+)\}/g, (_, name: string, type: string) =>
      add(type, slot.params[name]),
    )
  }
  const text = strings.map((part, i) => part + (i < slots.length ? inline(slots[i]!) : '')).join('')
  return { kind: 'sql', text, params }
}

/**
 * Ends a query that is asked every moment and reads few rows: each thread of it would cost the engine more than its rows.
 */
export const ONE_THREAD: Sql = { kind: 'sql', text: 'SETTINGS max_threads = 1', params: {} }

/** Keys (64 bits, decimal digits) as the engine compares them with a column: `post IN ${keysIn(keys)}`. */
export const keysIn = (keys: readonly string[]): Sql =>
  sql`(SELECT toUInt64(arrayJoin(${param.strings(keys)})))`

/** Joins fragments with a separator written here in the code. */
export function joinSql(fragments: readonly Sql[], separator: ' AND ' | ', ' | ' OR '): Sql {
  return fragments.reduce(
    (all, next, i) => {
      if (i === 0) return next
      const glue: Sql = { kind: 'sql', text: separator, params: {} }
      return sql`${all}${glue}${next}`
    },
    sql``,
  )
}
