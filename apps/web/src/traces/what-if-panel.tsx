// Sliders, and what the run would take: replayed at each move.

import type { ScenarioRow } from '@flowsim/replay'
import { useState } from 'preact/hooks'
import { FactorSlider, Select } from '../components/field.js'
import { useLatest } from '../components/latest.js'
import { saveText } from '../components/page-frame.js'
import { change, percent, time, words } from '../format.js'
import { work } from '../work.js'
import type { Catalogue } from '../worker/catalogue.js'
import type { TraceFacts } from '../worker/open-traces.js'
import { AS_MEASURED, scenarioOf, type WhatIf } from '../worker/scenario.js'

/** Families that get a slider. */
const MOST_SLIDERS = 5
const BATCHES = [0.25, 0.5, 1, 2, 4, 8]

export function WhatIfPanel({
  ids,
  families,
  catalogue,
}: {
  ids: readonly string[]
  families: TraceFacts['families']
  catalogue: Catalogue
}) {
  const [whatIf, setWhatIf] = useState<WhatIf>(AS_MEASURED)
  const [rows, setRows] = useState<readonly ScenarioRow[]>()
  const [fault, setFault] = useState('')
  const set = (part: Partial<WhatIf>) => setWhatIf({ ...whatIf, ...part })
  const isFormer = useLatest(`${ids.join()} ${JSON.stringify(whatIf)}`, whatIf, async (asked) => {
    try {
      setRows(await work.whatIf([...ids], asked))
      setFault('')
    } catch (error) {
      // Figures of other changes would stand below these.
      setRows(undefined)
      setFault((error as Error).message)
    }
  })
  const sliders = families.filter(({ family }) => family !== 'communication').slice(0, MOST_SLIDERS)
  const communicates = families.some(({ family }) => family === 'communication')
  return (
    <aside class="what-if" aria-label="What if">
      <h2>What if</h2>
      <Select
        label="it ran on"
        value={whatIf.hardware}
        options={[
          { value: '', text: 'the same device' },
          ...catalogue.hardware.map(({ name, title }) => ({ value: name, text: title })),
        ]}
        onChange={(hardware) => set({ hardware })}
      />
      <Select
        label="its batch were"
        value={String(whatIf.batch)}
        options={BATCHES.map((factor) => ({
          value: String(factor),
          text: factor === 1 ? 'as is' : `${factor} times as large`,
        }))}
        onChange={(batch) => set({ batch: Number(batch) })}
      />
      <Select
        label="its weights were"
        value={whatIf.weights}
        options={[
          { value: '', text: 'as they are' },
          ...catalogue.schemes.map((name) => ({ value: name, text: name })),
        ]}
        onChange={(weights) => set({ weights })}
      />
      {sliders.map(({ family, timeShare }) => (
        <FactorSlider
          key={family}
          label={words(family)}
          hint={percent(timeShare)}
          value={whatIf.families[family] ?? 1}
          onChange={(factor) => set({ families: { ...whatIf.families, [family]: factor } })}
        />
      ))}
      {communicates && (
        <FactorSlider
          label="communication"
          value={whatIf.collectives}
          onChange={(collectives) => set({ collectives })}
        />
      )}
      <FactorSlider
        label="launch calls"
        value={whatIf.launch}
        onChange={(launch) => set({ launch })}
      />
      <FactorSlider
        label="other host work"
        value={whatIf.host}
        onChange={(host) => set({ host })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={whatIf.graph}
          onChange={(event) => set({ graph: event.currentTarget.checked })}
        />
        launched as CUDA graphs
      </label>
      {fault !== '' && <p class="fault">{fault}</p>}
      {rows?.[1] && <Result now={rows[0]!} then={rows[1]} isFormer={isFormer} />}
      <p class="buttons">
        <button type="button" onClick={() => setWhatIf(AS_MEASURED)}>
          Reset
        </button>
        <button
          type="button"
          title="For flowsim replay --what-if"
          onClick={() =>
            saveText(
              'what-if.yaml',
              `${JSON.stringify({ scenarios: [scenarioOf(whatIf)] }, null, 2)}\n`,
              'application/yaml',
            )
          }
        >
          Save scenario
        </button>
      </p>
    </aside>
  )
}

function Result({
  now,
  then,
  isFormer,
}: {
  now: ScenarioRow
  then: ScenarioRow
  isFormer: boolean
}) {
  const lines: [string, number | null, number | null][] = [
    ['End to end', now.endToEndNs, then.endToEndNs],
    ['GPU busy', now.busyNs, then.busyNs],
    ['GPU idle', now.idleNs, then.idleNs],
    ['Exposed communication', now.exposedCommunicationNs, then.exposedCommunicationNs],
  ]
  const { unanswered, doubtful, rescaled, contributors, notes } = then
  const unscaled = rescaled?.unscaled.reduce((sum, each) => sum + each.timeShare, 0) ?? 0
  return (
    <div class="result" aria-live="polite" aria-busy={isFormer}>
      {isFormer && <p class="working">Working …</p>}
      {unanswered.count > 0 && (
        <p class="doubt">
          {percent(unanswered.timeShare)} of kernel time has no estimate there and keeps what was
          measured{then.endToEndNs === null && ': too much for totals'}.
        </p>
      )}
      {doubtful.count > 0 && (
        <p class="doubt">{percent(doubtful.timeShare)} of kernel time is doubtful.</p>
      )}
      {unscaled > 0 && (
        <p class="doubt">
          {percent(unscaled)} of kernel time could not be rescaled:{' '}
          {rescaled!.unscaled.map(({ reason }) => reason).join('; ')}
        </p>
      )}
      <table>
        <thead>
          <tr>
            <th />
            <th>now</th>
            <th>then</th>
            <th>change</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(([label, a, b]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{time(a)}</td>
              <td>{time(b)}</td>
              <td>{change(b, a)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {then.endToEndP10Ns !== null && (
        <p>
          Four in five runs: {time(then.endToEndP10Ns)} to {time(then.endToEndP90Ns)}.
        </p>
      )}
      {contributors.length > 0 && (
        <>
          <h3>What moved on the critical path</h3>
          <ul class="moved">
            {contributors.map(({ kind, name, changeNs }) => (
              <li key={`${kind} ${name}`}>
                <span title={name}>{name || kind}</span>
                <b>
                  {changeNs < 0 ? '−' : '+'}
                  {time(Math.abs(changeNs))}
                </b>
              </li>
            ))}
          </ul>
        </>
      )}
      {notes.map((note) => (
        <p key={note} class="hint">
          {note}
        </p>
      ))}
    </div>
  )
}
