// Which deployment: model, traffic, limits and devices on the left, the cheapest that keeps the limits on the right.
import { proxy } from 'comlink'
import { useRef, useState } from 'preact/hooks'
import { DeploymentFields, NumberFields } from '../components/deployment-fields.js'
import { Select } from '../components/field.js'
import { PageFrame, saveText } from '../components/page-frame.js'
import { work } from '../work.js'
import type { Catalogue } from '../worker/catalogue.js'
import type { PlanAnswer } from '../worker/plan.js'
import { FIRST_PLAN, type PlanForm } from './plan-form.js'

/** Numbers of the form, two in a row. */
const NUMBERS: readonly [keyof PlanForm, string][] = [
  ['devices', 'Devices at most'],
  ['ratePerS', 'Requests a second'],
  ['inputTokens', 'Input tokens, mean'],
  ['outputTokens', 'Output tokens, mean'],
  ['ttftMs', 'TTFT p99 limit, ms'],
  ['tpotMs', 'TPOT mean limit, ms'],
  ['simulations', 'Simulations at most'],
]

const MODES: readonly { value: PlanForm['mode']; text: string }[] = [
  { value: 'aggregated', text: 'prompts and outputs together' },
  { value: 'disaggregated', text: 'prompts and outputs apart' },
  { value: 'both', text: 'either' },
]

export function PlanView({ catalogue }: { catalogue: Catalogue }) {
  const [form, setForm] = useState<PlanForm>(FIRST_PLAN)
  const [answer, setAnswer] = useState<PlanAnswer>()
  const [state, setState] = useState('')
  const [fault, setFault] = useState('')
  const [isBusy, setBusy] = useState(false)
  const latest = useRef(form)
  const set = (part: Partial<PlanForm>) => {
    const next = { ...form, ...part }
    latest.current = next
    setForm(next)
    // The page of another question would stand beside this form.
    setAnswer(undefined)
    setFault('')
  }
  const search = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setAnswer(undefined)
    setFault('')
    try {
      const found = await work.plan(form, proxy(setState))
      if (latest.current === form) setAnswer(found)
    } catch (error) {
      if (latest.current === form) setFault((error as Error).message)
    }
    setBusy(false)
    setState('')
  }
  return (
    <section class="trace" aria-label="Plan">
      <div class="work asking" aria-busy={isBusy}>
        <form class="what-if" aria-label="Model, traffic, limits, devices" onSubmit={search}>
          <h2>Plan</h2>
          <DeploymentFields catalogue={catalogue} value={form} onChange={set} />
          <Select
            label="Instances do"
            value={form.mode}
            options={MODES}
            onChange={(mode) => set({ mode: mode as PlanForm['mode'] })}
          />
          <NumberFields
            fields={NUMBERS}
            form={form}
            onChange={(name, value) => set({ [name]: value })}
          />
          <p class="buttons">
            <button type="submit" disabled={isBusy}>
              Find the cheapest
            </button>
          </p>
          <output class={fault === '' ? '' : 'fault'}>
            {fault !== '' ? fault : isBusy ? `Working … ${state}` : ''}
          </output>
          {answer && <Taking answer={answer} />}
        </form>
        {answer ? (
          <PageFrame title="Plan" html={answer.html} />
        ) : (
          !isBusy && (
            <p class="hint">
              Layouts are screened by the time of their steps, the cheapest are simulated with 500
              requests. flowsim plan does the same with more.
            </p>
          )
        )}
      </div>
    </section>
  )
}

function Taking({ answer: { html, configuration, commands } }: { answer: PlanAnswer }) {
  return (
    <p class="buttons">
      <button type="button" onClick={() => saveText('plan.html', html, 'text/html')}>
        Save page
      </button>
      {configuration !== null && (
        <button
          type="button"
          title="For flowsim serving run"
          onClick={() => saveText('winner.yaml', configuration, 'application/yaml')}
        >
          Save configuration
        </button>
      )}
      {commands !== '' && (
        <button
          type="button"
          onClick={() => saveText('commands.sh', `${commands}\n`, 'text/x-shellscript')}
        >
          Save commands
        </button>
      )}
    </p>
  )
}
