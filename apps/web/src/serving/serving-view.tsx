// A deployment: what is deployed and asked of it on the left, how it does on the right, at each change.
import { useState } from 'preact/hooks'
import { DeploymentFields, NumberFields } from '../components/deployment-fields.js'
import { useLatest } from '../components/latest.js'
import { PageFrame, saveText } from '../components/page-frame.js'
import { work } from '../work.js'
import type { Catalogue } from '../worker/catalogue.js'
import type { ServingRun } from '../worker/serving.js'
import { configurationOf, FIRST_FORM, type ServingForm } from './configuration.js'

/** Numbers of the form, two in a row. */
const NUMBERS: readonly [keyof ServingForm, string][] = [
  ['tensorParallel', 'Tensor parallel'],
  ['instances', 'Instances'],
  ['ratePerS', 'Requests a second'],
  ['requests', 'Requests'],
  ['inputTokens', 'Input tokens, mean'],
  ['outputTokens', 'Output tokens, mean'],
  ['ttftMs', 'TTFT limit, ms'],
  ['tpotMs', 'TPOT limit, ms'],
]

export function ServingView({ catalogue }: { catalogue: Catalogue }) {
  const [form, setForm] = useState<ServingForm>(FIRST_FORM)
  const [text, setText] = useState(configurationOf(FIRST_FORM))
  const [run, setRun] = useState<ServingRun>()
  const [fault, setFault] = useState('')
  const set = (part: Partial<ServingForm>) => {
    const next = { ...form, ...part }
    setForm(next)
    setText(configurationOf(next))
  }
  const isFormer = useLatest(text, text, async (asked) => {
    try {
      setRun(await work.serving(asked))
      setFault('')
    } catch (error) {
      // The page of another configuration would stand beside this one's form.
      setRun(undefined)
      setFault((error as Error).message)
    }
  })
  return (
    <section class="trace" aria-label="Serving">
      <div class="work asking" aria-busy={isFormer}>
        <aside class="what-if" aria-label="Deployment and traffic">
          <h2>Serving</h2>
          <DeploymentFields catalogue={catalogue} value={form} onChange={set} />
          <NumberFields
            fields={NUMBERS}
            form={form}
            onChange={(name, value) => set({ [name]: value })}
          />
          {fault !== '' && (
            <p class="fault" role="alert">
              {fault}
            </p>
          )}
          <label class="field yaml">
            <span>As flowsim serving run reads it; it can be changed here</span>
            <textarea
              spellcheck={false}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
          <p class="buttons">
            <button
              type="button"
              onClick={() => saveText('serving.yaml', text, 'application/yaml')}
            >
              Save configuration
            </button>
            <button
              type="button"
              disabled={run === undefined || isFormer}
              onClick={() => saveText('serving.report.html', run!.html, 'text/html')}
            >
              Save page
            </button>
          </p>
        </aside>
        {run && <PageFrame title="Serving report" html={run.html} />}
        {isFormer && <p class="working">Working …</p>}
      </div>
    </section>
  )
}
