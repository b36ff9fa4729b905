import * as Plot from '@observablehq/plot'
import { useContext, useMemo } from 'preact/hooks'
import { Chart } from '../components/chart.js'
import { Legend } from '../components/family.js'
import { Section } from '../components/section.js'
import { SharedContext } from '../filter.js'
import { count, ms, percent, time } from '../format.js'
import { words } from '../model.js'
import { familyColor } from '../palette.js'

interface Cell {
  layer: number
  name: string
  family: string
  ns: number
  predicted: number
}

const FEW = 8

/** Time of each layer, stacked by family. */
export function Layers() {
  const { model, mask } = useContext(SharedContext)
  const { layers, families } = model.page
  const { cells, totals, predicted, outside } = useMemo(() => sums(), [model, mask])

  function sums() {
    const names = layers?.names ?? []
    const table = new Map<string, Cell>()
    const totals = new Float64Array(names.length)
    const predicted = new Float64Array(names.length)
    let outside = 0
    for (let i = 0; i < model.count; i++) {
      if (!mask[i]) continue
      const layer = model.layer[i]!
      if (layer < 0) {
        outside += model.duration[i]!
        continue
      }
      const family = families[model.family[i]!]!
      const key = `${layer} ${family}`
      let cell = table.get(key)
      if (!cell) {
        cell = { layer, name: names[layer]!, family, ns: 0, predicted: 0 }
        table.set(key, cell)
      }
      cell.ns += model.duration[i]!
      totals[layer] = totals[layer]! + model.duration[i]!
      const estimate = model.predicted[i]!
      predicted[layer] =
        predicted[layer]! + (Number.isNaN(estimate) ? model.duration[i]! : estimate)
    }
    const order = familyOrder([...table.values()])
    const cells = [...table.values()].sort(
      (a, b) => a.layer - b.layer || order.indexOf(a.family) - order.indexOf(b.family),
    )
    return { cells, totals, predicted, outside }
  }

  const draw = useMemo(
    () => () => layerPlot(cells, totals, model.page.prediction ? predicted : null),
    [cells, totals, predicted, model],
  )
  if (!layers) return null
  const inside = totals.reduce((a, b) => a + b, 0)
  const used = familyOrder(cells)
  const how =
    layers.source === 'modules'
      ? 'from the names of modules'
      : layers.source === 'names'
        ? 'from names in annotations'
        : `found by the repetition of ${layers.period} kernels; the trace names no layers`
  return (
    <Section
      id="layers"
      title="Time by layer"
      lead={
        <>
          {count(layers.names.length)} layers, {how}.{' '}
          {percent(inside / Math.max(1, inside + outside))} of kernel time is in layers; the rest is
          embedding, head, sampling and preparation.
          {model.page.prediction && layers.names.length > FEW && ' Lines are predictions.'}
        </>
      }
    >
      <Legend families={used} />
      {layers.names.length <= FEW ? (
        <table class="bars layer-rows" aria-label="Time by layer">
          <tbody>
            {layers.names.map((name, layer) => (
              <tr key={name}>
                <th scope="row" class="left name">
                  {name}
                </th>
                <td class="right">{ms(totals[layer]!)} ms</td>
                <td class="bar-cell stack">
                  {cells
                    .filter((cell) => cell.layer === layer)
                    .map(({ family, ns }) => (
                      <span
                        key={family}
                        style={{
                          width: `${(ns / Math.max(1, ...totals)) * 100}%`,
                          background: familyColor(family),
                        }}
                        title={`${words(family)}: ${time(ns)}`}
                      />
                    ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Chart label="Time of each layer, by family" height={220} draw={draw} />
      )}
    </Section>
  )
}

/** Families by their time, longest first. */
function familyOrder(cells: readonly Cell[]): string[] {
  const sums = new Map<string, number>()
  for (const { family, ns } of cells) sums.set(family, (sums.get(family) ?? 0) + ns)
  return [...sums].sort((a, b) => b[1] - a[1]).map(([family]) => family)
}

function layerPlot(
  cells: readonly Cell[],
  totals: Float64Array,
  predicted: Float64Array | null,
): Plot.PlotOptions {
  const every = Math.ceil(totals.length / 24)
  return {
    marginLeft: 44,
    marginBottom: 32,
    x: {
      label: 'Layer',
      labelAnchor: 'center',
      tickSize: 0,
      padding: 0.18,
      domain: totals.map((_, i) => i) as unknown as number[],
      tickFormat: (i: number) => (i % every === 0 ? String(i) : ''),
    },
    y: { label: 'ms', grid: true, nice: true, ticks: 5 },
    marks: [
      Plot.barY(cells, {
        x: 'layer',
        y: (cell: Cell) => cell.ns / 1e6,
        fill: (cell: Cell) => familyColor(cell.family),
        order: null,
        title: (cell: Cell) =>
          `${cell.name}\n${words(cell.family)}: ${time(cell.ns)} of ${time(totals[cell.layer]!)}`,
        tip: { format: { x: false, y: false, fill: false } },
      }),
      ...(predicted
        ? [
            Plot.tickY(Array.from(predicted), {
              x: (_: number, i: number) => i,
              y: (ns: number) => ns / 1e6,
              stroke: 'currentColor',
              strokeWidth: 2,
            }),
          ]
        : []),
      Plot.ruleY([0]),
    ],
  }
}
