/**
 * Checks values against the types of their columns before they are sent. The engine takes some that do not fit and
 * stores something else: 4294967296 into UInt32 is stored as 0, NaN (null in JSON) into Float32 as NaN.
 */
import { isWellFormed } from '../../ingest/base/well-formed.ts'

/** What is wrong with a value, or null. */
export type Check = (value: unknown) => string | null

/** DateTime64's range in epoch ms: years 1900 to 2299. */
const DATE_TIME_MIN = Date.UTC(1900, 0, 1)
const DATE_TIME_MAX = Date.UTC(2299, 11, 31, 23, 59, 59, 999)

/** The check for a column of this type; types that our schema does not have are left to the engine. */
export function checkFor(type: string): Check {
  const [, outer, inner] = /^(\w+)\((.*)\)$/.exec(type) ?? []
  if (outer === 'LowCardinality' || outer === 'SimpleAggregateFunction') return checkFor(inner!)
  if (outer === 'Nullable') {
    const check = checkFor(inner!)
    return (value) => (value === null ? null : check(value))
  }
  if (outer === 'Array') return checkArray(checkFor(inner!))
  if (outer === 'Map') return checkMap(checkFor(inner!.slice(splitAt(inner!) + 1).trim()))
  if (outer === 'DateTime64' && /^3\b/.test(inner!)) return checkEpochMs
  const integer = /^(U?)Int(8|16|32|64)$/.exec(type)
  if (integer) return checkInteger(integer[1] === 'U', Number(integer[2]))
  if (type === 'String') return checkString
  if (type === 'Bool')
    return (value) => (typeof value === 'boolean' ? null : `expected a boolean, got ${show(value)}`)
  if (type === 'Float32' || type === 'Float64') {
    return (value) => (Number.isFinite(value) ? null : `expected a finite number, got ${show(value)}`)
  }
  return (value) => (value === undefined ? 'expected a value, got undefined' : null)
}

/** Position of the comma between a Map's key type and value type. */
function splitAt(inner: string): number {
  let depth = 0
  for (let i = 0; i < inner.length; i++) {
    if (inner[i] === '(') depth++
    else if (inner[i] === ')') depth--
    else if (inner[i] === ',' && depth === 0) return i
  }
  return inner.length
}

function checkString(value: unknown): string | null {
  if (typeof value !== 'string') return `expected a string, got ${show(value)}`
  return isWellFormed(value) ? null : 'holds half of a surrogate pair, which UTF-8 cannot say'
}

function checkEpochMs(value: unknown): string | null {
  if (!Number.isSafeInteger(value)) return `expected epoch milliseconds as a whole number, got ${show(value)}`
  const ms = value as number
  return ms >= DATE_TIME_MIN && ms <= DATE_TIME_MAX ? null : `${ms} ms lies outside the years 1900 to 2299`
}

function checkInteger(unsigned: boolean, bits: number): Check {
  const min = unsigned ? 0n : -(2n ** BigInt(bits - 1))
  const max = unsigned ? 2n ** BigInt(bits) - 1n : 2n ** BigInt(bits - 1) - 1n
  const name = `${unsigned ? 'UInt' : 'Int'}${bits}`
  const [low, high] = [Number(min), Number(max)]
  const always = unsigned ? 19 : 18
  return (value) => {
    if (typeof value === 'number') {
      if (Number.isSafeInteger(value) && value >= low && value <= high) return null
    } else if (bits === 64 && typeof value === 'string' && /^-?\d{1,20}$/.test(value)) {
      // 18 digits always fit, and 19 where there is no sign; only the longest need the exact comparison.
      if ((value.length <= always && value[0] !== '-') || within(value, min, max)) return null
    }
    return `expected ${name}, got ${show(value)}`
  }
}

function within(digits: string, min: bigint, max: bigint): boolean {
  const value = BigInt(digits)
  return value >= min && value <= max
}

function checkArray(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return `expected an array, got ${show(value)}`
    for (const one of value) {
      const wrong = check(one)
      if (wrong !== null) return wrong
    }
    return null
  }
}

function checkMap(check: Check): Check {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return `expected an object, got ${show(value)}`
    for (const key in value) {
      const wrong = checkString(key) ?? check((value as Record<string, unknown>)[key])
      if (wrong !== null) return wrong
    }
    return null
  }
}

/** The kind of a value and its start: never a whole text. */
function show(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 40))}`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
}
