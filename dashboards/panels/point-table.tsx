/** The numbers behind a chart, for screen readers and for everybody who wants them exact. */
import { useState } from 'preact/hooks'
import type { SeriesPoint } from '../../api/contract.ts'
import { whole } from '../format.ts'
import { at } from '../state.ts'

export function PointTable(props: { points: readonly SeriesPoint[]; stepMinutes: number; caption: string }) {
  // Drawn only when it is open: five tables of hundreds of rows would slow every refresh.
  const [open, setOpen] = useState(false)
  return (
    <details class="table-toggle" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Show the numbers<span class="unseen"> of: {props.caption}</span>
      </summary>
      {open && <Rows {...props} />}
    </details>
  )
}

function Rows({
  points,
  stepMinutes,
  caption,
}: {
  points: readonly SeriesPoint[]
  stepMinutes: number
  caption: string
}) {
  const rows = points.filter(
    (point) => point.posts > 0 || point.debunks > 0 || point.reports > 0 || point.questions > 0,
  )
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`${caption}: numbers`}>
      <table>
        <caption>
          {caption}, by {stepMinutes === 1 ? 'minute' : `${stepMinutes} minutes`}. Times without any such post
          are left out.
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Make the claim</th>
            <th scope="col">Accounts</th>
            <th scope="col">Contradict it</th>
            <th scope="col">Report on it</th>
            <th scope="col">Ask about it</th>
            <th scope="col">About the election</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((point) => (
            <tr key={point.t}>
              <th scope="row">{at(point.t)}</th>
              {[
                point.posts,
                point.authors,
                point.debunks,
                point.reports,
                point.questions,
                point.exposure,
              ].map((value, column) => (
                <td key={column}>{whole(value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
