// Sliders, and what the run would take: replayed at each move. The page beside them compares kernel by kernel.
import { useEffect, useState } from 'preact/hooks'
import { FactorSlider, Select } from '../components/field.js'
import { useLatest } from '../components/latest.js'
import { saveText } from '../components/page-frame.js'
import { change, percent, time, words } from '../format.js'
import { work } from '../work.js'
import type { Catalogue } from '../worker/catalogue.js'
import type { Comparison } from '../worker/compare.js'
import type { TraceFacts } from '../worker/open-traces.js'
import { AS_MEASURED, scenarioOf, type WhatIf } from '../worker/scenario.js'
import type { WhatIfAnswer } from '../worker/what-if.js'

/** Families that get a slider. */
const MOST_SLIDERS = 5
/** A comparison is made when nothing has moved for so long. */
const REST_MS = 200
const BATCHES = [0.25, 0.5, 1, 2, 4, 8]

export function WhatIfPanel({
  ids,
  families,
  catalogue,
  place,
  onCompare,
}: {
  ids: readonly string[]
  families: TraceFacts['families']
  catalogue: Catalogue
  /** Which of `ids` is shown. */
  place: number
  /** Takes the page of what changes; null: there is none. */
  onCompare: (page: Comparison | null) => void
}) {
  const [whatIf, setWhatIf] = useState<WhatIf>(AS_MEASURED)
  const [answer, setAnswer] = useState<WhatIfAnswer>()
  const [fault, setFault] = useState('')
  const set = (part: Partial<WhatIf>) => setWhatIf({ ...whatIf, ...part })
  const isFormer = useLatest(`${ids.join()} ${JSON.stringify(whatIf)}`, whatIf, async (asked) => {
    try {
      setAnswer(await work.whatIf([...ids], asked))
      setFault('')
    } catch (error) {
      // Figures of other changes would stand below these.
      setAnswer(undefined)
      setFault((error as Error).message)
    }
  })
  useEffect(() => {
    if (isFormer) return
    let isStale = false
    const compare = async () => {
      const isChanged = answer?.thenNs != null && scenarioOf(whatIf).changes.length > 0
      const page = isChanged ? await work.whatIfPage([...ids], whatIf, place) : null
      if (!isStale) onCompare(page)
    }
    const later = setTimeout(() => void compare(), REST_MS)
    return () => {
      isStale = true
      clearTimeout(later)
    }
  }, [isFormer, whatIf, place])
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
      {answer && <Result answer={answer} isFormer={isFormer} />}
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

function Result({ answer, isFormer }: { answer: WhatIfAnswer; isFormer: boolean }) {
  const { nowNs, thenNs, boundsNs, doubts } = answer
  return (
    <div class="result" aria-live="polite" aria-busy={isFormer}>
      <h3>End to end{isFormer && ' …'}</h3>
      <p>
        {time(nowNs)} → <b>{time(thenNs)}</b> ({change(thenNs, nowNs)})
      </p>
      {boundsNs !== null && (
        <p>
          Four in five runs: {time(boundsNs[0])} to {time(boundsNs[1])}.
        </p>
      )}
      {doubts.map((doubt) => (
        <p key={doubt} class="doubt">
          {doubt}
        </p>
      ))}
    </div>
  )
}
