// A trace, or the ranks of a job: choices above, what-if beside, the report below.
import { useEffect, useState } from 'preact/hooks'
import { Select } from '../components/field.js'
import { PageFrame, saveText } from '../components/page-frame.js'
import { firstPrediction, PredictionFields } from '../components/prediction-fields.js'
import type { UsedLibrary } from '../library/use-library.js'
import { work } from '../work.js'
import type { Catalogue } from '../worker/catalogue.js'
import type { Comparison } from '../worker/compare.js'
import type { Reports } from '../worker/report.js'
import { headline } from './headline.js'
import { WhatIfPanel } from './what-if-panel.js'

export function TraceView({
  ids,
  library,
  catalogue,
}: {
  ids: readonly string[]
  library: UsedLibrary
  catalogue: Catalogue
}) {
  const [prediction, setPrediction] = useState(() => firstPrediction(catalogue))
  /** Place of the rank that is shown; null: all of them. */
  const [rank, setRank] = useState<number | null>(null)
  const [reports, setReports] = useState<Reports>()
  const [fault, setFault] = useState('')
  const [isAsking, setAsking] = useState(false)
  /** The run beside what it would be, while that is asked. */
  const [comparison, setComparison] = useState<Comparison | null>(null)
  const key = ids.join(',')
  useEffect(() => {
    let isStale = false
    setReports(undefined)
    setFault('')
    const show = async () => {
      await library.ensureOpen(ids)
      const made = await work.reports([...ids], prediction)
      if (!isStale) setReports(made)
    }
    show().catch((error: Error) => {
      if (!isStale) setFault(error.message)
    })
    return () => {
      isStale = true
    }
  }, [key, prediction])

  const records = ids.flatMap((id) => library.traces?.find((each) => each.id === id) ?? [])
  const isJob = ids.length > 1 && rank === null
  const at = Math.min(rank ?? 0, ids.length - 1)
  const report = reports?.ranks[at]
  const html = isJob ? reports?.job : report?.html
  const name = isJob ? 'job' : (records[at]?.name ?? 'trace')
  return (
    <section class="trace" aria-label={name}>
      <div class="bar">
        {ids.length > 1 && (
          <Select
            label="Rank"
            value={isJob ? '' : String(at)}
            options={[
              { value: '', text: 'all ranks' },
              ...records.map((record, i) => ({ value: String(i), text: record.name })),
            ]}
            onChange={(value) => setRank(value === '' ? null : Number(value))}
          />
        )}
        <PredictionFields catalogue={catalogue} value={prediction} onChange={setPrediction} />
        <button
          type="button"
          aria-expanded={isAsking}
          disabled={reports === undefined}
          onClick={() => {
            setAsking(!isAsking)
            setComparison(null)
          }}
        >
          What if …
        </button>
        <button
          type="button"
          disabled={html == null}
          onClick={() => saveText(`${name}.report.html`, html!, 'text/html')}
        >
          Save report
        </button>
        <output class={fault === '' ? '' : 'fault'}>
          {fault !== '' ? fault : report === undefined ? 'Working …' : headline(report)}
        </output>
      </div>
      <div class={`work${isAsking ? ' asking' : ''}`}>
        {isAsking && reports !== undefined && (
          <WhatIfPanel
            key={key}
            ids={ids}
            families={records[0]?.facts.families ?? []}
            catalogue={catalogue}
            place={at}
            onCompare={setComparison}
          />
        )}
        {isAsking && comparison !== null ? (
          <PageFrame title="What if" html={comparison.html} />
        ) : (
          html && <PageFrame title="Report" html={html} />
        )}
      </div>
    </section>
  )
}
