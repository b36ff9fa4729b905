import { type PageModule, shortKernelName } from '@flowsim/trace-schema'
import { useContext, useMemo, useState } from 'preact/hooks'
import { type Group, group, type KeyOfKind } from '../aggregate.js'
import { Swatch } from '../components/family.js'
import { Section } from '../components/section.js'
import { Segmented } from '../components/segmented.js'
import { TableExport } from '../components/table-export.js'
import { SharedContext } from '../filter.js'
import { count, ms, percent, signed } from '../format.js'
import { type Model, text, words } from '../model.js'

type By = 'family' | 'operation' | 'operator' | 'kernel' | 'shape' | 'module'

const LIMIT = 14
/** Heads of the first column, where it does not hold operations. */
const HEADS: Partial<Record<By, string>> = {
  family: 'Family',
  operator: 'Operator',
  kernel: 'Kernel',
  shape: 'Operation and shape',
}

/** Kernel time by operation, with the prediction beside the measurement. */
export function Operations() {
  const { model, mask, scope } = useContext(SharedContext)
  const [by, setBy] = useState<By>('operation')
  const [all, setAll] = useState(false)
  const groups = useMemo(
    () => (by === 'module' ? [] : group(model, mask, keyBy(model, by))),
    [model, mask, by],
  )
  const total = groups.reduce((sum, { measuredNs }) => sum + measuredNs, 0)
  // A prediction far off must not squeeze the bars: it is drawn at the end, as an arrow.
  const measured = Math.max(1, ...groups.map((g) => g.measuredNs))
  const longest = Math.min(1.6 * measured, Math.max(measured, ...groups.map(scaled)))
  const predicts = model.page.prediction !== null
  const options: { value: By; label: string }[] = [
    { value: 'family', label: 'Family' },
    { value: 'operation', label: 'Operation' },
    { value: 'operator', label: 'Operator' },
    { value: 'kernel', label: 'Kernel' },
    { value: 'shape', label: 'Shape' },
    ...(model.page.modules && scope === 'all'
      ? [{ value: 'module' as const, label: 'Module' }]
      : []),
  ]
  const shown = all ? groups : groups.slice(0, LIMIT)
  return (
    <Section
      id="operations"
      title="Time by operation"
      lead={
        predicts ? (
          <>
            Sums of durations. The line across a bar is the prediction
            <span class="key-tick" aria-hidden="true" />
            of the same activities.
          </>
        ) : (
          <>Sums of durations; activities that overlap count each.</>
        )
      }
      controls={
        <>
          {by !== 'module' && (
            <TableExport
              name={`Time by ${by}`}
              cells={() => [
                [by, 'activities', 'measured ms', 'predicted ms', 'measured ms of the predicted'],
                ...groups.map((g) => [
                  g.key.split('\u0000')[0]!,
                  g.count,
                  g.measuredNs / 1e6,
                  g.answered > 0 ? g.predictedNs / 1e6 : null,
                  g.answered > 0 ? g.answeredNs / 1e6 : null,
                ]),
              ]}
            />
          )}
          <Segmented label="Group by" value={by} options={options} onChange={setBy} />
        </>
      }
    >
      {by === 'module' && scope === 'all' ? (
        <Modules />
      ) : (
        <div class="table-scroll">
          <table class="bars" aria-label={`Time by ${by}`}>
            <thead>
              <tr>
                <th class="left">{HEADS[by] ?? 'Operation'}</th>
                <th class="right">Calls</th>
                <th class="right">
                  Measured <span class="unit">ms</span>
                </th>
                <th class="right">Share</th>
                <th class="left bar-head" />
                {predicts && (
                  <>
                    <th class="right">
                      Predicted <span class="unit">ms</span>
                    </th>
                    <th class="right">Difference</th>
                  </>
                )}
              </tr>
            </thead>
            <tbody>
              {shown.map((g) => (
                <Row key={g.key} model={model} group={g} total={total} longest={longest} by={by} />
              ))}
            </tbody>
          </table>
          {groups.length > LIMIT && (
            <button type="button" class="more" onClick={() => setAll(!all)}>
              {all ? 'Show fewer' : `Show all ${count(groups.length)}`}
            </button>
          )}
        </div>
      )}
    </Section>
  )
}

/** Prediction of a group, as if the kernels without one took what was predicted for the rest. */
function scaled({ predictedNs, answeredNs, measuredNs }: Group): number {
  return answeredNs > 0 ? (predictedNs / answeredNs) * measuredNs : 0
}

function keyBy(model: Model, by: By): KeyOfKind {
  const { families, kinds } = model.page
  switch (by) {
    case 'family':
      return (k) => families[kinds[k]!.family]!
    case 'operation':
      return (k) => `${kinds[k]!.op ?? 'unknown'}\u0000${kinds[k]!.family}`
    case 'operator':
      return (k) => text(model, kinds[k]!.operator) || '(no operator)'
    case 'shape':
      return (k) =>
        `${words(kinds[k]!.op ?? 'unknown')} ${text(model, kinds[k]!.shape) || '(no shape)'}`
    default:
      return (k) => text(model, kinds[k]!.name)
  }
}

function Row(props: { model: Model; group: Group; total: number; longest: number; by: By }) {
  const { model, group: g, total, longest, by } = props
  const family = model.page.families[g.family]!
  const key = g.key.split('\u0000')[0]!
  const name =
    by === 'kernel' ? shortKernelName(key) : by === 'operator' || by === 'shape' ? key : words(key)
  const predicted = scaled(g)
  const partly = g.answered > 0 && g.answeredNs < 0.995 * g.measuredNs
  return (
    <tr>
      <th scope="row" class="left name" title={key}>
        <Swatch family={family} />
        {name}
        {by === 'operation' && family !== key && <span class="muted"> {words(family)}</span>}
      </th>
      <td class="right">{count(g.count)}</td>
      <td class="right">{ms(g.measuredNs)}</td>
      <td class="right">{percent(g.measuredNs / Math.max(1, total))}</td>
      <td class="bar-cell">
        <div class="bar-track">
          <span
            class="bar"
            style={{
              width: `${(g.measuredNs / longest) * 100}%`,
              background: `var(--family-${family})`,
            }}
          />
          {predicted > 0 && (
            <span
              class={predicted > longest ? 'tick beyond' : 'tick'}
              style={{ left: `${Math.min(1, predicted / longest) * 100}%` }}
            />
          )}
        </div>
      </td>
      {model.page.prediction && (
        <>
          <td class="right">{g.answered > 0 ? ms(g.predictedNs) : '–'}</td>
          <td
            class="right"
            title={
              partly
                ? `${count(g.answered)} of ${count(g.count)} activities have a prediction`
                : undefined
            }
          >
            {g.answeredNs > 0 ? signed(g.predictedNs / g.answeredNs - 1) : '–'}
            {partly && <sup>*</sup>}
          </td>
        </>
      )}
    </tr>
  )
}

/** The tree of module classes; a node opens when pressed. */
function Modules() {
  const { model } = useContext(SharedContext)
  const { roots, outside } = model.page.modules!
  const [open, setOpen] = useState<ReadonlySet<string>>(() => initiallyOpen(roots))
  const total = roots.reduce((sum, { totalNs }) => sum + totalNs, outside.sumNs)
  const toggle = (path: string) => {
    const next = new Set(open)
    if (!next.delete(path)) next.add(path)
    setOpen(next)
  }
  const rows: { node: PageModule; path: string; depth: number }[] = []
  const visit = (nodes: readonly PageModule[], parent: string, depth: number) => {
    for (const node of nodes) {
      const path = `${parent}/${node.name}`
      rows.push({ node, path, depth })
      if (open.has(path)) visit(node.children, path, depth + 1)
    }
  }
  visit(roots, '', 0)
  return (
    <div class="table-scroll tall">
      <table class="bars" aria-label="Time by module">
        <thead>
          <tr>
            <th class="left">Module class</th>
            <th class="right">Activities</th>
            <th class="right">
              Total <span class="unit">ms</span>
            </th>
            <th class="right">
              Own <span class="unit">ms</span>
            </th>
            <th class="right">Share</th>
            <th class="left bar-head" />
          </tr>
        </thead>
        <tbody>
          {rows.map(({ node, path, depth }) => (
            <tr key={path}>
              <th scope="row" class="left name" style={{ paddingLeft: `${8 + depth * 18}px` }}>
                {node.children.length > 0 ? (
                  <button
                    type="button"
                    class="twist"
                    aria-expanded={open.has(path)}
                    onClick={() => toggle(path)}
                  >
                    {node.name}
                  </button>
                ) : (
                  <span class="leaf">{node.name}</span>
                )}
              </th>
              <td class="right">{count(node.count)}</td>
              <td class="right">{ms(node.totalNs)}</td>
              <td class="right">{ms(node.selfNs)}</td>
              <td class="right">{percent(node.totalNs / Math.max(1, total))}</td>
              <td class="bar-cell">
                <span
                  class="bar module"
                  style={{ width: `${(node.totalNs / Math.max(1, total)) * 100}%` }}
                />
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row" class="left name muted">
              <span class="leaf">outside of all modules</span>
            </th>
            <td class="right">{count(outside.count)}</td>
            <td class="right">{ms(outside.sumNs)}</td>
            <td class="right">{ms(outside.sumNs)}</td>
            <td class="right">{percent(outside.sumNs / Math.max(1, total))}</td>
            <td class="bar-cell">
              <span
                class="bar module"
                style={{ width: `${(outside.sumNs / Math.max(1, total)) * 100}%` }}
              />
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  )
}

/** Nodes with one way to go are open, down to the first choice and its children. */
function initiallyOpen(roots: readonly PageModule[]): Set<string> {
  const open = new Set<string>()
  let nodes = roots
  let path = ''
  for (let depth = 0; depth < 3 && nodes[0]; depth++) {
    path = `${path}/${nodes[0].name}`
    open.add(path)
    nodes = nodes[0].children
  }
  return open
}
