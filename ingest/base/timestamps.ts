/** Reads the ways in which sources write a moment. */

/** Before the first network of this kind opened, nobody posted. */
export const FIRST_POSTS = Date.UTC(2006, 0, 1)

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** ISO 8601, with a space for the T allowed, and with or without seconds, fraction and zone. */
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$/i
/** Its commonest form, on days that every month has; it has no other digits and no other places for them. */
const COMMON =
  /^(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/
/** `Wed Nov 04 05:45:00 +0000 2020`, as Twitter's first API wrote it. */
const TWITTER = /^[a-z]{3} ([a-z]{3}) (\d{1,2}) (\d\d):(\d\d):(\d\d) ([+-]\d{4}) (\d{4})$/i
/** RFC 2822 section 3.3, with the zone names and the years that it still allows; some write an hour or a zone otherwise. */
const RFC_2822 =
  /^(?:[a-z]{3}, ?)?(\d{1,2}) ([a-z]{3}) (\d{4}|\d\d) (\d\d?):(\d\d)(?::(\d\d))? ([+-]\d\d:?\d\d|Z|UTC?|GMT|[ECMP][SD]T)$/i
const NUMBER = /^-?\d+(?:\.\d+)?$/

/** RFC 2822 section 4.3: hours from UTC. */
const ZONE_HOURS: Readonly<Record<string, number>> = {
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
}

/** Below this a number counts seconds (to the year 5138), then milliseconds, then microseconds. */
const SECONDS_BELOW = 1e11
const MILLISECONDS_BELOW = 1e14
const MICROSECONDS_BELOW = 1e17

/**
 * Epoch milliseconds of a moment written as ISO 8601 (UTC where it names no zone), as a number of seconds,
 * milliseconds or microseconds since 1970, as Twitter's first API or as RFC 2822 write it; null for anything else,
 * and for days and hours that do not exist.
 */
export function parseTimestamp(value: unknown): number | null {
  if (typeof value === 'number') return fromNumber(value)
  if (typeof value !== 'string') return null
  if (COMMON.test(value)) return fromCommon(value)
  const iso = ISO.exec(value)
  if (iso !== null) return fromIso(iso)
  const text = value.trim()
  if (text.length !== value.length) return parseTimestamp(text)
  // Four digits alone are a year, which is no moment.
  if (NUMBER.test(text)) return /^\d{4}$/.test(text) ? null : fromNumber(Number(text))
  const twitter = TWITTER.exec(text)
  if (twitter !== null) {
    const [, month, day, hour, minute, second, zone, year] = twitter
    return moment(
      Number(year),
      monthOf(month),
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
      0,
      zone,
    )
  }
  const mail = RFC_2822.exec(text)
  if (mail !== null) {
    const [, day, month, year = '', hour, minute, second, zone] = mail
    return moment(
      wholeYear(year),
      monthOf(month),
      Number(day),
      Number(hour),
      Number(minute),
      Number(second ?? 0),
      0,
      zone,
    )
  }
  return null
}

const DAY_LENGTH = 10
const SECONDS_END = 19
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** The day that was read last, and its beginning: posts come from the same one, and `Date` costs ten times the rest. */
let [lastDay, lastDayMs] = ['1970-01-01', 0]

function fromCommon(text: string): number {
  if (!text.startsWith(lastDay)) {
    lastDay = text.slice(0, DAY_LENGTH)
    lastDayMs = Date.parse(lastDay)
  }
  const digit = (at: number) => text.charCodeAt(at) - 48
  const pair = (at: number) => digit(at) * 10 + digit(at + 1)
  // Digits of the fraction, as far as it has them.
  let milliseconds = 0
  for (let worth = 100, at = SECONDS_END + 1; worth >= 1 && at < text.length - 1; worth /= 10, at++)
    milliseconds += digit(at) * worth
  return lastDayMs + pair(11) * HOUR_MS + pair(14) * MINUTE_MS + pair(17) * 1_000 + milliseconds
}

function fromNumber(value: number): number | null {
  const size = Math.abs(value)
  // Also false for NaN.
  if (!(size < MICROSECONDS_BELOW)) return null
  if (size < SECONDS_BELOW) return Math.round(value * 1_000)
  return size < MILLISECONDS_BELOW ? Math.round(value) : Math.floor(value / 1_000)
}

function fromIso(match: RegExpExecArray): number | null {
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  const millisecond = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'))
  return moment(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    millisecond,
    zone,
  )
}

function monthOf(name: string | undefined): number {
  return MONTHS.indexOf((name ?? '').toLowerCase())
}

function moment(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  millisecond: number,
  zone: string | undefined,
): number | null {
  // A leap second is second 60; it becomes the first of the next minute.
  if (month < 0 || month > 11 || hour > 23 || minute > 59 || second > 60 || day < 1) return null
  // The 29th of February exists in some years only.
  if (day > 28 && new Date(Date.UTC(year, month, day)).getUTCMonth() !== month) return null
  const local = Date.UTC(year, month, day, hour, minute, second, millisecond)
  return local - offsetMinutes(zone) * 60_000
}

/** Of two digits, as RSS has them too (RFC 2822, section 4.3). */
function wholeYear(digits: string): number {
  const year = Number(digits)
  return digits.length > 2 ? year : year + (year < 50 ? 2_000 : 1_900)
}

function offsetMinutes(zone: string | undefined): number {
  if (zone === undefined) return 0
  const sign = zone[0]
  if (sign !== '+' && sign !== '-') return (ZONE_HOURS[zone.toUpperCase()] ?? 0) * 60
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', ''))
  return sign === '-' ? -minutes : minutes
}
