/** The map's drawing: loaded on its own, with the shapes. One tab stop; arrow keys go from state to state. */
import { geoAlbersUsa, geoPath } from 'd3-geo'
import { useRef, useState } from 'preact/hooks'
import { feature } from 'topojson-client'
import shapesUrl from 'us-atlas/states-10m.json?url'
import { stateOfFips } from '../../ingest/base/states.ts'
import { count, whole } from '../format.ts'
import { place } from '../state.ts'
import { placeName, stateOfPlace } from '../places.ts'

import { classOf, type StateCount } from './map-scale.ts'

const WIDTH = 800
const HEIGHT = 500
/** The District is too small to see or to hit: it stands beside its place, as large as a fingertip. */
const DC_BESIDE = { x: 752, y: 262, radius: 13 }

interface Shape {
  code: string
  path: string
}

let shapes: Shape[] = []
let dc: [number, number] = [0, 0]

/** Fetches and projects the shapes, once. Rejects when they cannot be had. */
export async function loadShapes(): Promise<void> {
  if (shapes.length > 0) return
  const response = await fetch(shapesUrl)
  if (!response.ok) throw new Error(`the map's shapes: HTTP ${response.status}`)
  const topology = (await response.json()) as Parameters<typeof feature>[0]
  const states = feature(topology, topology.objects['states']!)
  if (!('features' in states)) throw new Error("the map's shapes: no list of states")
  const path = geoPath(geoAlbersUsa().fitSize([WIDTH - 20, HEIGHT], states)).digits(1)
  const codeOf = ({ id }: { id?: string | number | undefined }) => stateOfFips(String(id))
  const capital = states.features.find((state) => codeOf(state) === 'DC')
  if (capital !== undefined) dc = path.centroid(capital)
  shapes = states.features
    .map((state) => ({ code: codeOf(state) ?? '', path: path(state) ?? '' }))
    .filter((shape) => shape.code !== '' && shape.path !== '')
    .sort((a, b) => placeName(a.code).localeCompare(placeName(b.code)))
}

export function StateShapes(props: {
  counts: ReadonlyMap<string, StateCount>
  spiking: ReadonlySet<string>
}) {
  const [focused, setFocused] = useState('AL')
  const [pointed, setPointed] = useState<string | null>(null)
  const svg = useRef<SVGSVGElement>(null)
  const chosen = stateOfPlace(place.value) ?? 'US'
  const told = pointed ?? (chosen === 'US' ? null : chosen)

  function move(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: 1,
      ArrowDown: 1,
      ArrowLeft: -1,
      ArrowUp: -1,
    }
    const step = steps[event.key]
    if (event.key === 'Enter' || event.key === ' ') toggle(focused)
    else if (step !== undefined) focus(shapes.findIndex((shape) => shape.code === focused) + step)
    else return
    event.preventDefault()
  }

  function focus(index: number): void {
    const next = shapes[(index + shapes.length) % shapes.length]
    if (next === undefined) return
    setFocused(next.code)
    svg.current?.querySelector<SVGElement>(`[data-place="${next.code}"]`)?.focus()
  }

  function marks(code: string): Record<string, unknown> {
    return {
      'data-place': code,
      class: classes(code, props),
      role: 'button',
      tabIndex: code === focused ? 0 : -1,
      'aria-pressed': code === chosen,
      'aria-label': words(code, props),
      onClick: () => toggle(code),
      onFocus: () => setPointed(code),
      onBlur: () => setPointed(null),
      onPointerEnter: () => setPointed(code),
      onPointerLeave: () => setPointed(null),
    }
  }

  // Those drawn last lie on top: the chosen state's border must not hide beneath its neighbours'.
  const rank = ({ code }: Shape): number => (code === chosen ? 2 : props.spiking.has(code) ? 1 : 0)
  return (
    <>
      <svg
        ref={svg}
        class="states"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="group"
        aria-label="Map of the states. Arrow keys go from state to state, Enter chooses."
        onKeyDown={move}
      >
        {shapes
          .filter(({ code }) => code !== 'DC')
          .sort((a, b) => rank(a) - rank(b))
          .map(({ code, path }) => (
            <path key={code} d={path} {...marks(code)} />
          ))}
        <line class="leader" x1={dc[0]} y1={dc[1]} x2={DC_BESIDE.x - DC_BESIDE.radius} y2={DC_BESIDE.y} />
        <circle cx={DC_BESIDE.x} cy={DC_BESIDE.y} r={DC_BESIDE.radius} {...marks('DC')} />
        <text class="leader-name" x={DC_BESIDE.x} y={DC_BESIDE.y + 29} aria-hidden="true">
          D.C.
        </text>
      </svg>
      <p class="told">{told === null ? 'Point at a state to read its numbers.' : words(told, props)}</p>
    </>
  )
}

function toggle(code: string): void {
  place.value = place.value === code ? 'US' : code
}

function classes(
  code: string,
  { counts, spiking }: { counts: ReadonlyMap<string, StateCount>; spiking: ReadonlySet<string> },
): string {
  const shade = classOf(counts.get(code))
  return `state shade-${shade ?? 'few'}${spiking.has(code) ? ' spiking' : ''}${stateOfPlace(place.value) === code ? ' chosen' : ''}`
}

function words(
  code: string,
  { counts, spiking }: { counts: ReadonlyMap<string, StateCount>; spiking: ReadonlySet<string> },
): string {
  const entry = counts.get(code)
  const spike = spiking.has(code) ? ' A spike is open here.' : ''
  if (entry === undefined || entry.exposure === 0)
    return `${placeName(code)}: no posts about the election name it.${spike}`
  const share =
    classOf(entry) === null ? 'too few to give a share' : `${whole(entry.sharePerMille ?? 0)} of 1,000`
  return `${placeName(code)}: ${count(entry.posts, 'post')} of ${whole(entry.exposure)} (${share}).${spike}`
}
