// A trace, or the ranks of a job: choices above, what-if beside, the report below.
import { useEffect, useState } from 'preact/hooks'
import { Select } from '../components/field.js'
import { PageFrame, saveText } from '../components/page-frame.js'
import { firstPrediction, PredictionFields } from '../components/prediction-fields.js'
import type { UsedLibrary } from '../library/use-library.js'
import { work } from '../work.js'
import type { Catalogue } from '../worker/catalogue.js'
import type { Report } from '../worker/report.js'
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
  const [rank, setRank] = useState(0)
  const [reports, setReports] = useState<readonly Report[]>()
  const [fault, setFault] = useState('')
  const [isAsking, setAsking] = useState(false)
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
  const at = Math.min(rank, ids.length - 1)
  const report = reports?.[at]
  const name = records[at]?.name ?? 'trace'
  return (
    <section class="trace" aria-label={name}>
      <div class="bar">
        {ids.length > 1 && (
          <Select
            label="Rank"
            value={String(at)}
            options={records.map((record, i) => ({ value: String(i), text: record.name }))}
            onChange={(value) => setRank(Number(value))}
          />
        )}
        <PredictionFields catalogue={catalogue} value={prediction} onChange={setPrediction} />
        <button
          type="button"
          aria-expanded={isAsking}
          disabled={reports === undefined}
          onClick={() => setAsking(!isAsking)}
        >
          What if …
        </button>
        <button
          type="button"
          disabled={report === undefined}
          onClick={() => saveText(`${name}.report.html`, report!.html, 'text/html')}
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
          />
        )}
        {report && <PageFrame title="Report" html={report.html} />}
      </div>
    </section>
  )
}
