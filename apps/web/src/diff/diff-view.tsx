// Two traces side by side: what got slower.
import type { TraceDiff } from '@flowsim/analysis'
import { useEffect, useState } from 'preact/hooks'
import { saveText } from '../components/page-frame.js'
import { change, time, words } from '../format.js'
import type { UsedLibrary } from '../library/use-library.js'
import { work } from '../work.js'

/** Rows that are shown. */
const MOST_ROWS = 100

export function DiffView({
  ids: [a, b],
  library,
}: {
  ids: [string, string]
  library: UsedLibrary
}) {
  const [diff, setDiff] = useState<TraceDiff>()
  const [fault, setFault] = useState('')
  useEffect(() => {
    let isStale = false
    setDiff(undefined)
    setFault('')
    const show = async () => {
      await library.ensureOpen([a, b])
      const made = await work.diff(a, b)
      if (!isStale) setDiff(made)
    }
    show().catch((error: Error) => {
      if (!isStale) setFault(error.message)
    })
    return () => {
      isStale = true
    }
  }, [a, b])
  if (fault !== '') return <p class="fault">{fault}</p>
  if (diff === undefined) return <p class="hint">Working …</p>
  const name = (id: string) => library.traces?.find((each) => each.id === id)?.name ?? id
  const parts: [string, number, number][] = [
    ['Window', diff.a.windowNs, diff.b.windowNs],
    ['GPU busy', diff.a.busyNs, diff.b.busyNs],
    ['GPU idle', diff.a.idleNs, diff.b.idleNs],
    ['Exposed communication', diff.a.exposedCommunicationNs, diff.b.exposedCommunicationNs],
  ]
  return (
    <section class="diff" aria-label="Comparison">
      <h2>
        A {name(a)} <span>against</span> B {name(b)}
      </h2>
      <table>
        <thead>
          <tr>
            <th />
            <th>A</th>
            <th>B</th>
            <th>change</th>
          </tr>
        </thead>
        <tbody>
          {parts.map(([label, x, y]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{time(x)}</td>
              <td>{time(y)}</td>
              <td>{change(y, x)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>What changed most</h3>
      <button
        type="button"
        onClick={() =>
          saveText('diff.json', `${JSON.stringify(diff, null, 2)}\n`, 'application/json')
        }
      >
        Save as JSON
      </button>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>operation</th>
              <th>shape</th>
              <th>calls</th>
              <th>A</th>
              <th>B</th>
              <th>change</th>
              <th>matched by</th>
            </tr>
          </thead>
          <tbody>
            {diff.rows.slice(0, MOST_ROWS).map((row, i) => (
              <tr key={i}>
                <th scope="row">{words(row.op)}</th>
                <td class="text">
                  {row.shapeB === null ? row.shape : `${row.shape} → ${row.shapeB}`}
                </td>
                <td>
                  {row.a.count === row.b.count ? row.a.count : `${row.a.count} → ${row.b.count}`}
                </td>
                <td>{time(row.a.sumNs)}</td>
                <td>{time(row.b.sumNs)}</td>
                <td>
                  {row.deltaNs < 0 ? '−' : '+'}
                  {time(Math.abs(row.deltaNs))}
                </td>
                <td class="text">{words(row.match)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
