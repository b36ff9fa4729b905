import { isKernel, type TimeBudget } from '@flowsim/trace-schema'
import type { ComponentChildren } from 'preact'
import { useContext, useMemo } from 'preact/hooks'
import { type Errors, errorsBy, group } from '../aggregate.js'
import { Swatch } from '../components/family.js'
import { Section } from '../components/section.js'
import { TableExport } from '../components/table-export.js'
import { budgetOf, SharedContext, scopeName } from '../filter.js'
import { count, ms, percent, signed, time } from '../format.js'
import { type Model, words } from '../model.js'
import { familyColor } from '../palette.js'

/** The parts of a window, in the order in which bars show them. */
export const PARTS = [
  { key: 'computation', label: 'Computation', of: (b: TimeBudget) => b.computationNs },
  {
    key: 'communication',
    label: 'Exposed communication',
    of: (b: TimeBudget) => b.exposedCommunicationNs,
  },
  { key: 'memcpy', label: 'Exposed copies', of: (b: TimeBudget) => b.exposedMemcpyNs },
  {
    key: 'launch',
    label: 'Idle: waiting for the host',
    of: (b: TimeBudget) => b.idle.launchBoundNs,
  },
  {
    key: 'dependency',
    label: 'Idle: waiting for other work',
    of: (b: TimeBudget) => b.idle.dependencyBoundNs,
  },
  { key: 'unknown', label: 'Idle: cause not recorded', of: (b: TimeBudget) => b.idle.otherNs },
] as const

/** Window, busy share, exposed communication, prediction; and the window as one bar. */
export function Summary() {
  const { model, scope, mask } = useContext(SharedContext)
  const { prediction, steps } = model.page
  const budget = budgetOf(model, scope)
  const totals = useMemo(() => {
    let kernels = 0
    let known = 0
    let all = 0
    let measured = 0
    let predicted = 0
    for (let i = 0; i < model.count; i++) {
      if (!mask[i]) continue
      const { kind, op } = model.page.kinds[model.kind[i]!]!
      if (!isKernel({ kind })) continue
      kernels++
      all += model.duration[i]!
      if (op !== null) known += model.duration[i]!
      const estimate = model.predicted[i]!
      if (Number.isNaN(estimate)) continue
      measured += model.duration[i]!
      predicted += estimate
    }
    return {
      kernels,
      known: all > 0 ? known / all : 1,
      measured,
      predicted,
      errors: prediction?.sameDevice ? kernelErrors(model, mask) : null,
    }
  }, [model, mask, prediction])
  const end = scope === 'all' ? prediction?.endToEnd : null
  const partial = scope !== 'all' && !('step' in scope)
  return (
    <Section
      id="summary"
      title="Where the time goes"
      lead={
        scope === 'all' ? (
          <>From the first activity to the last. Time that activities share counts once.</>
        ) : (
          <>Figures of {scopeName(model, scope)}, from the start of each step to its end.</>
        )
      }
    >
      <dl class="figures">
        {prediction && scope === 'all' && (
          <Figure label="Predicted" value={percent(1 - prediction.unanswered.timeShare)}>
            of kernel time{!prediction.sameDevice && ` on ${prediction.hardware}`};{' '}
            {prediction.unanswered.count === 0
              ? `all ${count(totals.kernels)} kernels have an estimate`
              : `${count(prediction.unanswered.count)} of ${count(totals.kernels)} kernels have no estimate`}
            {prediction.doubtful.count > 0 &&
              `, ${count(prediction.doubtful.count)} (${percent(prediction.doubtful.timeShare)}) are doubtful`}
          </Figure>
        )}
        <Figure label={partial ? 'Steps' : 'Window'} value={time(budget.windowNs)}>
          {count(budget.count)} activities
        </Figure>
        <Figure label="Busy" value={percent(budget.busyNs / budget.windowNs)}>
          {time(budget.busyNs)}
        </Figure>
        {budget.communicationNs > 0 && (
          <Figure
            label="Exposed communication"
            value={percent(budget.exposedCommunicationNs / Math.max(1, budget.busyNs))}
          >
            of busy time, {time(budget.exposedCommunicationNs)}
            {budget.communicationNs > budget.exposedCommunicationNs &&
              `; ${time(budget.communicationNs - budget.exposedCommunicationNs)} more is hidden`}
          </Figure>
        )}
        {prediction && totals.measured > 0 && (
          <Figure label="Predicted sum of kernels" value={time(totals.predicted)}>
            {signed(totals.predicted / totals.measured - 1)} against {time(totals.measured)}{' '}
            measured of the same kernels; copies and fills are not kernels
          </Figure>
        )}
        {end === null && scope === 'all' && prediction && (
          <Figure label="Predicted end to end" value="–">
            less than 80 % of the time of kernels, copies and fills is predicted from dimensions
            that can be true
          </Figure>
        )}
        {end && (
          <Figure label="Predicted end to end" value={time(end.predictedNs)}>
            replayed; p10 {time(end.p10Ns)}, p90 {time(end.p90Ns)}; measured {time(end.measuredNs)}
          </Figure>
        )}
        {totals.errors && (
          <Figure label="Error per kernel" value={percent(totals.errors.median)}>
            median; nine in ten within {percent(totals.errors.p90, 0)}
          </Figure>
        )}
        <Figure label="Known kernels" value={percent(totals.known)}>
          of kernel time has an operation
        </Figure>
      </dl>
      <div class="budget-columns">
        <div>
          <h3>Window, {time(budget.windowNs)}</h3>
          <BudgetBar budget={budget} />
          <table class="budget" aria-label="Parts of the window">
            <tbody>
              {PARTS.map(({ key, label, of }) => (
                <tr key={key} class={of(budget) === 0 ? 'zero' : ''}>
                  <td>
                    <span class={`swatch part-${key}`} aria-hidden="true" />
                    {label}
                  </td>
                  <td class="right">{ms(of(budget))} ms</td>
                  <td class="right">{percent(of(budget) / budget.windowNs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Work />
      </div>
      {steps && steps.steps.length > 1 && scope === 'all' && <Steps />}
    </Section>
  )
}

/** Errors of all kernels; copies and fills are none. */
function kernelErrors(model: Model, mask: Uint8Array): Errors | null {
  const { kinds } = model.page
  return errorsBy(model, mask, (k) => (isKernel(kinds[k]!) ? KERNEL : '')).get(KERNEL) ?? null
}

const KERNEL = 'kernel'

function Figure(props: { label: string; value: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>
        <b>{props.value}</b>
        <span>{props.children}</span>
      </dd>
    </div>
  )
}

const FAMILIES = 6

/** What ran, by family: the longest by name, the rest together. */
function Work() {
  const { model, mask } = useContext(SharedContext)
  const { families } = model.page
  const parts = useMemo(() => {
    const all = group(model, mask, (kind) => families[model.page.kinds[kind]!.family]!)
    const rest = all.slice(FAMILIES - (all.length > FAMILIES ? 1 : 0))
    const shown = all.slice(0, all.length - rest.length)
    const parts = shown.map(({ key, measuredNs }) => ({ key, name: words(key), ns: measuredNs }))
    if (rest.length === 0) return parts
    const ns = rest.reduce((sum, { measuredNs }) => sum + measuredNs, 0)
    return [...parts, { key: 'other', name: `${rest.length} other families`, ns }]
  }, [model, mask, families])
  const total = Math.max(
    1,
    parts.reduce((sum, { ns }) => sum + ns, 0),
  )
  const text = parts.map(({ name, ns }) => `${name} ${percent(ns / total)}`).join(', ')
  return (
    <div>
      <h3>Work, {time(total)} of durations</h3>
      <div class="budget-bar" role="img" aria-label={text}>
        {parts.map(({ key, name, ns }) => (
          <span
            key={key}
            style={{ width: `${(ns / total) * 100}%`, background: familyColor(key) }}
            title={`${name}: ${time(ns)}, ${percent(ns / total)}`}
          />
        ))}
      </div>
      <table class="budget" aria-label="Work by family">
        <tbody>
          {parts.map(({ key, name, ns }) => (
            <tr key={key}>
              <td>
                <Swatch family={key} />
                {name}
              </td>
              <td class="right">{ms(ns)} ms</td>
              <td class="right">{percent(ns / total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A window as one bar of its parts. */
export function BudgetBar({ budget, thin }: { budget: TimeBudget; thin?: boolean }) {
  const total = Math.max(1, budget.windowNs)
  const text = PARTS.map(({ label, of }) => `${label} ${percent(of(budget) / total)}`).join(', ')
  return (
    <div class={thin ? 'budget-bar thin' : 'budget-bar'} role="img" aria-label={text}>
      {PARTS.map(({ key, label, of }) => (
        <span
          key={key}
          class={`part-${key}`}
          style={{ width: `${(of(budget) / total) * 100}%` }}
          title={`${label}: ${time(of(budget))}, ${percent(of(budget) / total)}`}
        />
      ))}
    </div>
  )
}

function Steps() {
  const { model, setScope } = useContext(SharedContext)
  const { source, steps } = model.page.steps!
  return (
    <details open={steps.length <= 12} class="steps">
      <summary>
        {count(steps.length)} step{steps.length === 1 ? '' : 's'}
        <span class="muted">
          {source === 'annotations'
            ? ', from the annotations of the trace'
            : ', found where the layers begin anew'}
        </span>
      </summary>
      <TableExport
        name="Steps"
        cells={() => [
          ['step', 'name', 'phase', 'tokens', 'length ms', 'to the next ms', 'busy'],
          ...steps.map((step, i) => [
            i,
            step.name,
            step.phase,
            step.tokens,
            step.durationNs / 1e6,
            step.periodNs === null ? null : step.periodNs / 1e6,
            step.budget.busyNs / Math.max(1, step.durationNs),
          ]),
        ]}
      />
      <div class="table-scroll tall">
        <table aria-label="Steps">
          <thead>
            <tr>
              <th class="right">Step</th>
              <th class="left">Phase</th>
              <th class="right">Tokens</th>
              <th class="right">
                Length <span class="unit">ms</span>
              </th>
              <th class="right">
                To the next <span class="unit">ms</span>
              </th>
              <th class="right">Busy</th>
              <th class="left wide">Parts</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step, i) => (
              <tr key={i}>
                <td class="right">
                  <button
                    type="button"
                    class="link"
                    onClick={() => setScope({ step: i })}
                    title={step.name}
                  >
                    {i}
                  </button>
                </td>
                <td>{step.phase === 'unknown' ? step.name : step.phase}</td>
                <td class="right">{step.tokens === null ? '–' : count(step.tokens)}</td>
                <td class="right">{ms(step.durationNs)}</td>
                <td class="right">{step.periodNs === null ? '–' : ms(step.periodNs)}</td>
                <td class="right">{percent(step.budget.busyNs / Math.max(1, step.durationNs))}</td>
                <td>
                  <BudgetBar budget={step.budget} thin />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
