/** One series over time, drawn by uPlot: made once, then fed, so that it streams without flicker. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { SeriesPoint } from '../../api/contract.ts'
import { clockTime, type Zone } from '../format.ts'
import { drawBands, drawLines, ink, type Band, type Line } from './chart-marks.ts'

export interface ChartProps {
  points: readonly SeriesPoint[]
  stepMinutes: number
  zone: Zone
  height: number
  /** What the picture shows, for those who cannot see it. */
  label: string
  bands: readonly Band[]
  lines: readonly Line[]
  /** The point under the pointer, or null when it leaves. */
  onPoint?: (point: SeriesPoint | null) => void
}

/** A chart of nothing still has a scale: without it one post would fill the whole height. */
const TOP_MIN = 5

export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const current = useRef(props)
  current.current = props

  useEffect(() => {
    const element = box.current!
    const made = new uPlot(options(current, element.clientWidth), toData(current.current), element)
    plot.current = made
    const sizes = new ResizeObserver(() => {
      const width = element.clientWidth
      if (width > 0 && width !== made.width) made.setSize({ width, height: current.current.height })
    })
    sizes.observe(element)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const repaint = (): void => made.redraw()
    dark.addEventListener('change', repaint)
    return () => {
      sizes.disconnect()
      dark.removeEventListener('change', repaint)
      made.destroy()
      plot.current = null
    }
    // The axis keeps the zone that it was made with.
  }, [props.zone, props.height])

  useEffect(() => {
    plot.current?.setData(toData(current.current))
  }, [props.points, props.bands, props.lines])

  return (
    <div class="plot" ref={box} role="img" aria-label={props.label} style={{ height: `${props.height}px` }} />
  )
}

function toData({ points, stepMinutes }: ChartProps): uPlot.AlignedData {
  const last = points.at(-1)
  // A step is drawn to its own end, also the last one.
  const closed = last === undefined ? points : [...points, { ...last, t: last.t + stepMinutes * 60_000 }]
  return [
    closed.map((point) => point.t / 1000),
    closed.map((point) => point.exposure),
    closed.map((point) => point.posts),
    closed.map((point) => point.debunks),
  ]
}

function options(current: { current: ChartProps }, width: number): uPlot.Options {
  const { height, zone } = current.current
  const stepped = uPlot.paths.stepped!({ align: 1 })
  const series = (stroke: string, fill: string | null, scale: string, lineWidth: number): uPlot.Series => ({
    scale,
    width: lineWidth,
    paths: stepped,
    points: { show: false },
    stroke: () => ink(stroke),
    ...(fill === null ? {} : { fill: () => ink(fill) }),
  })
  return {
    width,
    height,
    padding: [10, 18, 0, 0],
    legend: { show: false },
    ...(zone === 'utc'
      ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') }
      : {}),
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 }, sync: { key: 'night' } },
    scales: {
      x: { time: true },
      y: { range: (_plot, _min, max) => [0, Math.max(TOP_MIN, (max ?? 0) * 1.12)] },
      // All election talk has a scale of its own: its shape is what matters, beneath the claims.
      all: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.6)] },
    },
    series: [
      {},
      series('--all-line', '--all-fill', 'all', 1),
      series('--claim', '--claim-fill', 'y', 2),
      series('--answer', null, 'y', 1.5),
    ],
    axes: [
      {
        stroke: () => ink('--muted'),
        font: '12px system-ui, sans-serif',
        grid: { show: false },
        ticks: { stroke: () => ink('--rule'), size: 4 },
        space: 56,
        size: 28,
        values: (_plot, splits) => splits.map((seconds) => clockTime(seconds * 1000, zone)),
      },
      {
        stroke: () => ink('--muted'),
        font: '12px system-ui, sans-serif',
        grid: { stroke: () => ink('--rule'), width: 1 },
        ticks: { show: false },
        size: 44,
        space: 32,
        // Counts have no halves.
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000],
      },
    ],
    hooks: {
      drawClear: [(plot) => drawBands(plot, current.current.bands)],
      draw: [(plot) => drawLines(plot, current.current.lines)],
      setCursor: [
        (plot) => {
          const { points, onPoint } = current.current
          const index = plot.cursor.idx
          onPoint?.(index == null ? null : (points[Math.min(index, points.length - 1)] ?? null))
        },
      ],
    },
  }
}
