/** Numbers and times as the page writes them. */

export type Zone = 'local' | 'utc'

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const oneDigit = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

/** '1,204'. */
export function whole(value: number): string {
  return grouped.format(value)
}

/** '9' above ten, '2.4' below: as exact as the eye needs. */
export function approximately(value: number): string {
  return value >= 10 ? grouped.format(value) : oneDigit.format(value)
}

/** '1 post', '212 posts'. */
export function count(value: number, noun: string): string {
  return `${grouped.format(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** '92 %'. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function formatter(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const where = zone === 'utc' ? { timeZone: 'UTC' } : {}
  return new Intl.DateTimeFormat('en-US', { ...options, ...where, hourCycle: 'h23' })
}

const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' }
interface Formatters {
  clock: Intl.DateTimeFormat
  seconds: Intl.DateTimeFormat
  day: Intl.DateTimeFormat
}

function makeFormatters(zone: Zone): Formatters {
  return {
    clock: formatter(zone, CLOCK),
    seconds: formatter(zone, { ...CLOCK, second: '2-digit' }),
    day: formatter(zone, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }),
  }
}

// Making a formatter costs far more than using it.
const formatters: Readonly<Record<Zone, Formatters>> = {
  local: makeFormatters('local'),
  utc: makeFormatters('utc'),
}

/** '05:47'. Times are epoch ms. */
export function clockTime(time: number, zone: Zone): string {
  return formatters[zone].clock.format(time)
}

/** '05:47:12'. */
export function clockSeconds(time: number, zone: Zone): string {
  return formatters[zone].seconds.format(time)
}

/** 'Wed, Nov 4, 2020'. */
export function day(time: number, zone: Zone): string {
  return formatters[zone].day.format(time)
}

/** 'UTC', or what the browser calls its own zone: 'EST', 'GMT+1'. */
export function zoneName(time: number, zone: Zone): string {
  if (zone === 'utc') return 'UTC'
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(time)
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'local time'
}

/** '40 s', '3 min', '2 h 5 min', '4 days'. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours >= 48) return `${Math.round(hours / 24)} days`
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}
