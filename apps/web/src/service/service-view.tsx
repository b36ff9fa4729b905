// A trace that is sent to the service and simulated there, for traces that are too large for a browser.
import { useState } from 'preact/hooks'
import { PageFrame, saveText } from '../components/page-frame.js'
import { firstPrediction, PredictionFields } from '../components/prediction-fields.js'
import { headline } from '../traces/headline.js'
import type { Catalogue } from '../worker/catalogue.js'
import type { Report } from '../worker/report.js'
import { simulateOnService, TokenNeeded } from './service.js'

export function ServiceView({ catalogue }: { catalogue: Catalogue }) {
  const [file, setFile] = useState<File>()
  const [prediction, setPrediction] = useState(() => firstPrediction(catalogue))
  const [salvage, setSalvage] = useState(false)
  const [token, setToken] = useState('')
  const [asksToken, setAsksToken] = useState(false)
  const [state, setState] = useState(
    'It is sent to the service that served this page, and nowhere else.',
  )
  const [isFault, setFault] = useState(false)
  /** With the name of its trace: another file can be chosen while it is shown. */
  const [report, setReport] = useState<Report & { name: string }>()
  const send = async (event: Event) => {
    event.preventDefault()
    if (file === undefined) return
    setFault(false)
    setReport(undefined)
    setState(`Sending ${file.name} …`)
    try {
      const onWait = (seconds: number) => setState(`Simulating ${file.name}, ${seconds} s …`)
      const asked = { ...prediction, salvage, token }
      const made = await simulateOnService(file, asked, onWait)
      setReport({ ...made, name: file.name })
      setState(`${file.name}: ${headline(made)}`)
    } catch (error) {
      if (error instanceof TokenNeeded) setAsksToken(true)
      setFault(true)
      setState((error as Error).message)
    }
  }
  return (
    <section class="trace" aria-label="On the service">
      <form class="bar" onSubmit={send}>
        <label class="field">
          <span>Trace</span>
          <input
            type="file"
            required
            onChange={(event) => setFile(event.currentTarget.files?.[0])}
          />
        </label>
        <PredictionFields catalogue={catalogue} value={prediction} onChange={setPrediction} />
        <label class="check">
          <input
            type="checkbox"
            checked={salvage}
            onChange={(event) => setSalvage(event.currentTarget.checked)}
          />
          Keep what is complete of a cut-off file
        </label>
        {asksToken && (
          <label class="field">
            <span>Token</span>
            <input
              type="password"
              autocomplete="off"
              value={token}
              onInput={(event) => setToken(event.currentTarget.value)}
            />
          </label>
        )}
        <button type="submit">Simulate</button>
        <button
          type="button"
          disabled={report === undefined}
          onClick={() => saveText(`${report!.name}.report.html`, report!.html, 'text/html')}
        >
          Save report
        </button>
        <output class={isFault ? 'fault' : ''}>{state}</output>
      </form>
      <div class="work">{report && <PageFrame title="Report" html={report.html} />}</div>
    </section>
  )
}
