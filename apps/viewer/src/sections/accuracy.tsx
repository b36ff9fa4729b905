import { shortKernelName } from '@flowsim/trace-schema'
import * as Plot from '@observablehq/plot'
import { useContext, useMemo, useState } from 'preact/hooks'
import { type Errors, errorsBy, type Group, group } from '../aggregate.js'
import { Chart } from '../components/chart.js'
import { Legend, Swatch } from '../components/family.js'
import { Section } from '../components/section.js'
import { TableExport } from '../components/table-export.js'
import { SharedContext } from '../filter.js'
import { count, fixed, ms, percent, signed, time } from '../format.js'
import { kindOf, label, type Model, text, words } from '../model.js'
import { familyColor } from '../palette.js'
import { powerLabel, powers } from '../ticks.js'

/** One kernel, or all kernels of one kind where there are too many. */
interface Point {
  measured: number
  predicted: number
  family: string
  title: string
}

/** More kernels than this are drawn as one point for each kind. */
const SINGLE = 4000
/** Operations that the table shows at first. */
const ROWS = 13

/** Measured against predicted time of each kernel, and the errors by operation. */
export function Accuracy() {
  const { model, mask } = useContext(SharedContext)
  const { prediction } = model.page
  const { points, perKernel } = useMemo(() => pointsOf(model, mask), [model, mask])
  const groups = useMemo(() => byOperation(model, mask), [model, mask])
  const draw = useMemo(() => (width: number) => scatter(points, width), [points])
  if (!prediction) return null
  const families = [...new Set(points.map(({ family }) => family))].sort()
  return (
    <Section
      id="accuracy"
      title={
        prediction.sameDevice
          ? 'Predicted against measured'
          : `Predicted for ${prediction.hardware}`
      }
      lead={
        <>
          {perKernel
            ? `Each point is one of ${count(points.length)} kernels, copies and fills.`
            : `Each point is one of ${count(points.length)} kinds of kernel, copy or fill, at the mean of its calls.`}{' '}
          {prediction.sameDevice
            ? `On the diagonal the ${prediction.model} model is right; above it, it predicts too long a time.`
            : 'The trace was measured on another device: distance from the diagonal is the difference between devices, with the error of the model in it.'}
        </>
      }
    >
      <div class="columns even">
        <div>
          <Chart
            label="Predicted time over measured time, both logarithmic"
            height={420}
            draw={draw}
          />
          <Legend families={families} />
        </div>
        <ByOperation groups={groups} sameDevice={prediction.sameDevice} />
      </div>
    </Section>
  )
}

/** Errors by operation; for another device, measured and predicted times and their ratio. */
function ByOperation({ groups, sameDevice }: { groups: readonly Judged[]; sameDevice: boolean }) {
  const { model, mask } = useContext(SharedContext)
  const [all, setAll] = useState(false)
  const total = useMemo(
    () => together(groups, errorsBy(model, mask, () => ALL).get(ALL)),
    [groups, model, mask],
  )
  return (
    <div class="table-scroll">
      <TableExport
        name="Predicted by operation"
        cells={() => [
          [
            'operation',
            'activities',
            'measured ms',
            'predicted ms',
            'mape',
            'median',
            'p90',
            'bias',
          ],
          ...groups.map((g) => {
            const { errors } = g
            return [
              g.key,
              g.answered,
              g.answeredNs / 1e6,
              g.predictedNs / 1e6,
              errors?.mape ?? null,
              errors?.median ?? null,
              errors?.p90 ?? null,
              errors?.bias ?? null,
            ]
          }),
        ]}
      />
      <table
        aria-label={sameDevice ? 'Errors by operation' : 'Measured and predicted by operation'}
      >
        <thead>
          <tr>
            <th class="left">Operation</th>
            <th class="right">Activities</th>
            <th class="right">
              Measured <span class="unit">ms</span>
            </th>
            {!sameDevice && (
              <th class="right">
                Predicted <span class="unit">ms</span>
              </th>
            )}
            <th class="right">Sum</th>
            {sameDevice ? (
              <>
                <th class="right" title="Median of the absolute error of each kernel">
                  Median
                </th>
                <th class="right" title="Nine activities in ten have a smaller absolute error">
                  p90
                </th>
                <th class="right" title="Mean of the absolute error of each kernel">
                  MAPE
                </th>
                <th class="right" title="Median of the signed error of each kernel">
                  Bias
                </th>
              </>
            ) : (
              <th class="right" title="Median over activities of predicted over measured time">
                Median ratio
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          <Row name="All" group={total} sameDevice={sameDevice} />
          {(all ? groups : groups.slice(0, ROWS)).map((g) => (
            <Row
              key={g.key}
              name={words(g.key)}
              family={model.page.families[g.family]!}
              group={g}
              sameDevice={sameDevice}
            />
          ))}
        </tbody>
      </table>
      {groups.length > ROWS && (
        <button type="button" class="more" onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${count(groups.length)}`}
        </button>
      )}
    </div>
  )
}

/** A group with the errors of its predictions; undefined where no measured time is above zero. */
interface Judged extends Group {
  errors: Errors | undefined
}

/** What a row needs of a group. */
type Sums = Pick<Judged, 'answered' | 'answeredNs' | 'predictedNs' | 'errors'>

const ALL = 'all'

/** Operations with a prediction, the longest first. */
function byOperation(model: Model, mask: Uint8Array): Judged[] {
  const keyOf = (kind: number) => model.page.kinds[kind]!.op ?? 'unknown'
  const errors = errorsBy(model, mask, keyOf)
  return group(model, mask, keyOf)
    .filter(({ answered }) => answered > 0)
    .map((each) => ({ ...each, errors: errors.get(each.key) }))
}

function together(groups: readonly Group[], errors: Errors | undefined): Sums {
  const sum = (of: (g: Group) => number) => groups.reduce((total, g) => total + of(g), 0)
  return {
    answered: sum((g) => g.answered),
    answeredNs: sum((g) => g.answeredNs),
    predictedNs: sum((g) => g.predictedNs),
    errors,
  }
}

function Row(props: { name: string; family?: string; group: Sums; sameDevice: boolean }) {
  const { name, family, group: g, sameDevice } = props
  const { errors } = g
  return (
    <tr class={family ? '' : 'total'}>
      <th scope="row" class="left name">
        {family && <Swatch family={family} />}
        {name}
      </th>
      <td class="right">{count(g.answered)}</td>
      <td class="right">{ms(g.answeredNs)}</td>
      {!sameDevice && <td class="right">{ms(g.predictedNs)}</td>}
      <td class="right">{signed(g.predictedNs / Math.max(1, g.answeredNs) - 1)}</td>
      {errors &&
        (sameDevice ? (
          <>
            <td class="right">{percent(errors.median)}</td>
            <td class="right">{percent(errors.p90, 0)}</td>
            <td class="right">{percent(errors.mape)}</td>
            <td class="right">{signed(errors.bias)}</td>
          </>
        ) : (
          <td class="right">× {fixed(1 + errors.bias, 2)}</td>
        ))}
    </tr>
  )
}

function pointsOf(model: Model, mask: Uint8Array): { points: Point[]; perKernel: boolean } {
  const { families } = model.page
  const answered: number[] = []
  for (let i = 0; i < model.count; i++) {
    const usable = mask[i] && model.predicted[i]! > 0 && model.duration[i]! > 0
    if (usable) answered.push(i)
  }
  const describe = (i: number) => {
    const { name, shape } = kindOf(model, i)
    return [label(model, i), shortKernelName(text(model, name)), text(model, shape)]
      .filter((part, at, all) => part !== '' && all.indexOf(part) === at)
      .join('\n')
  }
  const titled = (measured: number, predicted: number, head: string, calls: string) =>
    `${head}\n${calls}measured ${time(measured)}, predicted ${time(predicted)} (${signed(predicted / measured - 1)})`
  if (answered.length <= SINGLE) {
    const points = answered.map((i): Point => {
      const [measured, predicted] = [model.duration[i]!, model.predicted[i]!]
      return {
        measured,
        predicted,
        family: families[model.family[i]!]!,
        title: titled(measured, predicted, describe(i), ''),
      }
    })
    return { points, perKernel: true }
  }
  const keep = new Uint8Array(model.count)
  for (const i of answered) keep[i] = 1
  const points = group(model, keep, String).map((g): Point => {
    const [measured, predicted] = [g.answeredNs / g.answered, g.predictedNs / g.answered]
    return {
      measured,
      predicted,
      family: families[g.family]!,
      title: titled(measured, predicted, describe(g.sample), `${count(g.answered)} calls, `),
    }
  })
  return { points, perKernel: false }
}

function scatter(points: readonly Point[], width: number): Plot.PlotOptions {
  const values = points.flatMap(({ measured, predicted }) => [measured / 1e3, predicted / 1e3])
  const low = Math.min(1, ...values) / 1.5
  const high = Math.max(10, ...values) * 1.5
  const line = (factor: number) => [
    { x: low, y: low * factor },
    { x: high, y: high * factor },
  ]
  const domain: [number, number] = [low, high]
  const axis = {
    type: 'log' as const,
    domain,
    labelAnchor: 'center' as const,
    labelArrow: 'none' as const,
    grid: true,
    ticks: powers(domain),
    tickFormat: powerLabel,
  }
  return {
    width,
    marginLeft: 52,
    marginBottom: 40,
    marginRight: 24,
    x: { ...axis, label: 'Measured, µs' },
    y: { ...axis, label: 'Predicted, µs' },
    marks: [
      ...[0.5, 2].map((factor) =>
        Plot.line(line(factor), {
          x: 'x',
          y: 'y',
          stroke: 'var(--faint)',
          strokeDasharray: '3 3',
          clip: true,
        }),
      ),
      Plot.line(line(1), { x: 'x', y: 'y', stroke: 'var(--muted)', clip: true }),
      Plot.text(
        [
          { x: high / 8, y: high / 4, text: '× 2' },
          { x: high / 4, y: high / 8, text: '× ½' },
        ],
        {
          x: 'x',
          y: 'y',
          text: 'text',
          fill: 'var(--muted)',
          stroke: 'var(--paper)',
          strokeWidth: 6,
        },
      ),
      Plot.dot(points, {
        x: (p: Point) => p.measured / 1e3,
        y: (p: Point) => p.predicted / 1e3,
        r: 2.6,
        fill: (p: Point) => familyColor(p.family),
        fillOpacity: 0.6,
      }),
      Plot.tip(
        points,
        Plot.pointer({
          x: (p: Point) => p.measured / 1e3,
          y: (p: Point) => p.predicted / 1e3,
          title: 'title',
          maxRadius: 24,
        }),
      ),
    ],
  }
}
