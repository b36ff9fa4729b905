// A trace that is sent to the service and simulated there, for traces that are too large for a browser.
import { useState } from 'preact/hooks'
import { Select } from '../components/field.js'
import { PageFrame, saveText } from '../components/page-frame.js'
import { headline } from '../traces/headline.js'
import type { Catalogue } from '../worker/catalogue.js'
import type { Report } from '../worker/report.js'
import { simulateOnService, TokenNeeded } from './service.js'

export function ServiceView({ catalogue }: { catalogue: Catalogue }) {
  const [file, setFile] = useState<File>()
  const [hardware, setHardware] = useState('')
  const [model, setModel] = useState(catalogue.models[0]!)
  const [token, setToken] = useState('')
  const [asksToken, setAsksToken] = useState(false)
  const [state, setState] = useState(
    'It is sent to the service that served this page, and nowhere else.',
  )
  const [isFault, setFault] = useState(false)
  const [report, setReport] = useState<Report>()
  const send = async (event: Event) => {
    event.preventDefault()
    if (file === undefined) return
    setFault(false)
    setReport(undefined)
    setState(`Sending ${file.name} …`)
    try {
      const onWait = (seconds: number) => setState(`Simulating ${file.name}, ${seconds} s …`)
      const made = await simulateOnService(file, { hardware, model, token }, onWait)
      setReport(made)
      setState(headline(made))
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
        <Select
          label="Predict on"
          value={hardware}
          options={[
            { value: '', text: 'the device of the trace' },
            ...catalogue.hardware.map((each) => ({ value: each.name, text: each.title })),
          ]}
          onChange={setHardware}
        />
        <Select
          label="Model"
          value={model}
          options={catalogue.models.map((value) => ({ value, text: value }))}
          onChange={setModel}
        />
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
          onClick={() => saveText(`${file!.name}.report.html`, report!.html, 'text/html')}
        >
          Save report
        </button>
        <output class={isFault ? 'fault' : ''}>{state}</output>
      </form>
      <div class="work">{report && <PageFrame title="Report" html={report.html} />}</div>
    </section>
  )
}
