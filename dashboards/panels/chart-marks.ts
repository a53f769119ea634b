/** What is drawn over and under a chart's series: spikes, gaps, answers. */
import type uPlot from 'uplot'

/** A stretch of time: a spike (tinted) or one that a source did not see (hatched). */
export interface Band {
  kind: 'spike' | 'gap'
  from: number
  to: number
}

/** A moment. */
export interface Line {
  kind: 'answer' | 'moment'
  at: number
  label: string
}

/** A custom property of the style sheet: light and dark are decided there. */
export function ink(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

export function drawBands(plot: uPlot, bands: readonly Band[]): void {
  const { ctx, bbox } = plot
  ctx.save()
  for (const band of bands) {
    const left = Math.max(bbox.left, plot.valToPos(band.from / 1000, 'x', true))
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(band.to / 1000, 'x', true))
    if (!(right > left)) continue
    if (band.kind === 'spike') {
      ctx.fillStyle = ink('--spike-band')
      ctx.fillRect(left, bbox.top, right - left, bbox.height)
    } else {
      hatch(ctx, left, bbox.top, right - left, bbox.height)
    }
  }
  ctx.restore()
}

function hatch(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  const gap = 7 * devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(x, y, width, height)
  ctx.clip()
  ctx.fillStyle = ink('--gap-fill')
  ctx.fillRect(x, y, width, height)
  ctx.strokeStyle = ink('--gap-line')
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  for (let start = x - height; start < x + width; start += gap) {
    ctx.moveTo(start, y + height)
    ctx.lineTo(start + height, y)
  }
  ctx.stroke()
  ctx.restore()
}

export function drawLines(plot: uPlot, lines: readonly Line[]): void {
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  ctx.save()
  ctx.font = `${12 * ratio}px system-ui, sans-serif`
  ctx.textBaseline = 'top'
  ctx.textAlign = 'left'
  let row = 0
  let lastRight = Number.NEGATIVE_INFINITY
  for (const line of [...lines].sort((a, b) => a.at - b.at)) {
    const x = Math.round(plot.valToPos(line.at / 1000, 'x', true))
    if (!(x >= bbox.left && x <= bbox.left + bbox.width)) continue
    ctx.strokeStyle = ctx.fillStyle = ink(line.kind === 'answer' ? '--answer' : '--ink')
    ctx.lineWidth = (line.kind === 'answer' ? 2 : 1) * ratio
    ctx.setLineDash(line.kind === 'answer' ? [] : [4 * ratio, 3 * ratio])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    const width = ctx.measureText(line.label).width
    const isRight = x + width + 8 * ratio > bbox.left + bbox.width
    const left = isRight ? x - width - 5 * ratio : x + 5 * ratio
    // Labels that would touch go one row down.
    row = left < lastRight + 6 * ratio ? row + 1 : 0
    ctx.fillText(line.label, left, bbox.top + (2 + row * 15) * ratio)
    lastRight = left + width
  }
  ctx.restore()
}
