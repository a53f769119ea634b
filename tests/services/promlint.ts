/** What `promtool check metrics` holds against names and texts (its `promlint`), for where promtool is not at hand. */

const ABBREVIATED = /_(?:s|ms|us|ns|sec|secs|b|kb|mb|gb|m|h|d|pct)(?:_|$)/
const OTHER_UNITS =
  /_(?:milliseconds|microseconds|nanoseconds|minutes|hours|days|weeks|kilobytes|megabytes|gigabytes|bits|percent|celsius_degrees|kilometers)(?:_|$)/
const TYPES = /_(?:counter|gauge|histogram|summary|untyped)(?:_|$)/

interface Family {
  help: string | null
  type: string | null
}

/** One line for each thing that is wrong with a page of the text format. */
export function lintMetrics(text: string): string[] {
  const families = new Map<string, Family>()
  const of = (name: string): Family => {
    const known = families.get(name) ?? { help: null, type: null }
    families.set(name, known)
    return known
  }
  const problems: string[] = []
  const seen = new Set<string>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, kind, name = '', words = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
    if (kind === 'HELP') of(name).help = words
    else if (kind === 'TYPE') of(name).type = words
    else {
      const [, series = '', metric = '', labels = ''] =
        /^(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})?) \S+$/.exec(line) ?? []
      if (metric === '') problems.push(`no sample: ${line}`)
      if (seen.has(series)) problems.push(`twice: ${series}`)
      seen.add(series)
      for (const [, label = ''] of labels.matchAll(/[{,]([^=,{]+)="/g))
        if (!/^[a-z][a-z0-9_]*$/.test(label)) problems.push(`label is not snake_case: ${label}`)
      if (familyOf(metric, families) === null) problems.push(`no HELP and TYPE: ${metric}`)
    }
  }
  for (const [name, { help, type }] of families) problems.push(...lintFamily(name, help, type))
  return problems
}

function familyOf(metric: string, families: ReadonlyMap<string, Family>): string | null {
  if (families.has(metric)) return metric
  const base = metric.replace(/_(?:bucket|sum|count)$/, '')
  return ['histogram', 'summary'].includes(families.get(base)?.type ?? '') ? base : null
}

function lintFamily(name: string, help: string | null, type: string | null): string[] {
  const wrong: [boolean, string][] = [
    [help === null || help === '', 'no help text'],
    [type === null, 'no type'],
    [type === 'counter' && !name.endsWith('_total'), 'a counter ends in _total'],
    [type !== 'counter' && name.endsWith('_total'), 'only a counter ends in _total'],
    [/_(?:bucket|sum|count)$/.test(name), 'a suffix that histograms have'],
    [!/^[a-z][a-z0-9_]*$/.test(name), 'not snake_case'],
    [ABBREVIATED.test(name), 'a unit is abbreviated'],
    [OTHER_UNITS.test(name), 'not a base unit'],
    [TYPES.test(name), 'its type is in its name'],
  ]
  return wrong.flatMap(([is, words]) => (is ? [`${name}: ${words}`] : []))
}

/** Names of metrics in a page, without the suffixes of histograms. */
export function metricNames(text: string): Set<string> {
  return new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!))
}
