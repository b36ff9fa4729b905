// The traces that were opened, the newest first.
import { useState } from 'preact/hooks'
import { time } from '../format.js'
import type { TraceRecord } from '../library/library.js'
import type { Place } from '../place.js'

/** A list to open one, several as ranks of a job, or two to compare. */
export function TraceList({
  traces,
  place,
  go,
  onForget,
}: {
  traces: readonly TraceRecord[]
  place: Place
  go: (place: Place) => void
  onForget: (id: string) => void
}) {
  const [chosen, setChosen] = useState<readonly string[]>([])
  const shown = 'ids' in place ? place.ids : []
  const toggle = (id: string) =>
    setChosen(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id])
  return (
    <nav class="traces" aria-label="Traces">
      <ul>
        {traces.map(({ id, name, facts: { summary } }) => (
          <li key={id} class={shown.includes(id) ? 'shown' : ''}>
            <input
              type="checkbox"
              aria-label={`select ${name}`}
              checked={chosen.includes(id)}
              onChange={() => toggle(id)}
            />
            <button
              type="button"
              class="open"
              title={name}
              onClick={() => go({ view: 'traces', ids: [id] })}
            >
              <b>{name}</b>
              <small>
                {summary.device ?? 'unknown device'} · {time(summary.kernels.busyNs)} busy
              </small>
            </button>
            <button
              type="button"
              class="quiet"
              aria-label={`forget ${name}`}
              title="Forget this trace"
              onClick={() => {
                setChosen(chosen.filter((each) => each !== id))
                onForget(id)
              }}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      {chosen.length > 1 && (
        <p class="chosen">
          {chosen.length === 2 && (
            <button type="button" onClick={() => go({ view: 'diff', ids: chosen })}>
              Compare the two
            </button>
          )}
          <button type="button" onClick={() => go({ view: 'traces', ids: chosen })}>
            Open as ranks of one job
          </button>
        </p>
      )}
      {traces.length > 1 && chosen.length < 2 && <p class="hint">Select two to compare them.</p>}
    </nav>
  )
}
