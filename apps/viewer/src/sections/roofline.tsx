import { type PageCeiling, shortKernelName } from '@flowsim/trace-schema'
import * as Plot from '@observablehq/plot'
import { useContext, useMemo } from 'preact/hooks'
import { group } from '../aggregate.js'
import { Chart } from '../components/chart.js'
import { Legend, Swatch } from '../components/family.js'
import { Section } from '../components/section.js'
import { SharedContext } from '../filter.js'
import { count, ms, percent, si, time } from '../format.js'
import { kindOf, label, type Model, text } from '../model.js'
import { familyColor } from '../palette.js'
import { powerLabel, powers } from '../ticks.js'

interface Point {
  intensity: number
  flopsPerS: number
  ns: number
  family: string
  name: string
  shape: string
  /** Share of the roof; null where no roof is known. */
  share: number | null
  title: string
}

const HEIGHT = 460

/** Kernels by arithmetic intensity and achieved throughput, under the roofs of the device. */
export function Roofline() {
  const { model, mask } = useContext(SharedContext)
  const { device } = model.page
  const points = useMemo(() => pointsOf(model, mask), [model, mask])
  const draw = useMemo(
    () => (width: number) => plot(points, device?.ceilings ?? [], width),
    [points, device],
  )
  if (!device || device.ceilings.length === 0) return null
  const families = [...new Set(points.map(({ family }) => family))]
  return (
    <Section
      id="roofline"
      title="Roofline"
      lead={
        <>
          Measured throughput under the roofs of the {device.name}. Each point is one kernel and
          shape; its area is its share of the time. FLOPs and bytes are the least that the operation
          needs, so a point above a memory roof reads from a cache.
        </>
      }
    >
      <div class="columns">
        <div>
          <Chart
            label="Achieved FLOP/s over FLOP per byte, both logarithmic"
            height={HEIGHT}
            draw={draw}
          />
          <Legend families={families} />
        </div>
        <Excess points={points} />
      </div>
    </Section>
  )
}

const ROWS = 14

/** Kernels by the time that they take beyond their roof. */
function Excess({ points }: { points: readonly Point[] }) {
  const rows = points
    .flatMap((point) => {
      const share = Math.min(1, point.share ?? 1)
      return point.share === null ? [] : [{ ...point, excessNs: point.ns * (1 - share) }]
    })
    .sort((a, b) => b.excessNs - a.excessNs)
  if (rows.length === 0) return null
  return (
    <div class="table-scroll">
      <h3>Time beyond the roof</h3>
      <table aria-label="Kernels by time beyond the roof">
        <thead>
          <tr>
            <th class="left">Kernel</th>
            <th class="right">
              Time <span class="unit">ms</span>
            </th>
            <th class="right">Of roof</th>
            <th class="right">
              Beyond <span class="unit">ms</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS).map(({ family, name, shape, ns, share, excessNs, title }) => (
            <tr key={title} title={title}>
              <th scope="row" class="left name">
                <Swatch family={family} />
                {name} <span class="muted">{shape}</span>
              </th>
              <td class="right">{ms(ns)}</td>
              <td class="right">{percent(share!, 0)}</td>
              <td class="right">{ms(excessNs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function pointsOf(model: Model, mask: Uint8Array): Point[] {
  const { families, device } = model.page
  const bandwidth = device?.ceilings.find(({ of }) => of === 'dram')?.perS
  return group(model, mask, String).flatMap((g): Point[] => {
    const kind = kindOf(model, g.sample)
    const network = families[g.family] === 'communication'
    if (network || !kind.flops || !kind.bytes || g.measuredNs === 0) return []
    const seconds = (g.measuredNs / g.count) * 1e-9
    const flopsPerS = kind.flops / seconds
    const roof = device?.ceilings.find(({ of }) => of === kind.roof)?.perS
    const limit = Math.min(
      roof ?? Infinity,
      bandwidth ? (bandwidth * kind.flops) / kind.bytes : Infinity,
    )
    const lines = [
      [label(model, g.sample), text(model, kind.shape)].filter(Boolean).join(' '),
      shortKernelName(text(model, kind.name)),
      `${count(g.count)} × ${time(g.measuredNs / g.count)}`,
      `${si(flopsPerS, 'FLOP/s')}, ${si(kind.bytes / seconds, 'B/s')}`,
      ...(Number.isFinite(limit) ? [`${percent(flopsPerS / limit)} of its roof`] : []),
    ]
    return [
      {
        intensity: kind.flops / kind.bytes,
        flopsPerS,
        ns: g.measuredNs,
        family: families[g.family]!,
        name: label(model, g.sample),
        shape: text(model, kind.shape),
        share: Number.isFinite(limit) ? flopsPerS / limit : null,
        title: lines.join('\n'),
      },
    ]
  })
}

function plot(
  points: readonly Point[],
  ceilings: readonly PageCeiling[],
  width: number,
): Plot.PlotOptions {
  const memory = ceilings.filter(({ kind }) => kind === 'memory')
  const compute = ceilings.filter(({ kind }) => kind === 'compute')
  const top = Math.max(
    ...compute.map(({ perS }) => perS),
    ...points.map(({ flopsPerS }) => flopsPerS),
    1e12,
  )
  const slowest = memory[0]?.perS ?? 1e12
  const ridge = top / slowest
  const left = Math.min(0.05, ...points.map(({ intensity }) => intensity)) / 1.6
  const right = Math.max(ridge * 8, ...points.map(({ intensity }) => intensity)) * 1.6
  const bottom = Math.min(slowest * left, lowest(points)) / 1.6
  const margins = { marginLeft: 64, marginRight: 20, marginTop: 14, marginBottom: 40 }
  const highest = Math.max(...compute.map(({ perS }) => perS), 0) || top
  // Angle of a memory roof on the screen, so that its label runs along it.
  const perDecadeX = (width - margins.marginLeft - margins.marginRight) / Math.log10(right / left)
  const perDecadeY =
    (HEIGHT - margins.marginTop - margins.marginBottom) / Math.log10((top * 1.8) / bottom)
  const angle = (-Math.atan2(perDecadeY, perDecadeX) * 180) / Math.PI
  return {
    ...margins,
    x: {
      type: 'log',
      domain: [left, right],
      label: 'Arithmetic intensity, FLOP per byte',
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: powers([left, right]),
      tickFormat: powerLabel,
      grid: true,
    },
    y: {
      type: 'log',
      domain: [bottom, top * 1.8],
      label: null,
      ticks: powers([bottom, top * 1.8]),
      tickFormat: (value: number) => si(value, '').trim(),
      grid: true,
    },
    r: { range: [2.2, 15] },
    marks: [
      ...memory.map(({ perS }) =>
        Plot.line(
          [
            { x: left, y: perS * left },
            { x: highest / perS, y: highest },
          ],
          { x: 'x', y: 'y', stroke: 'var(--roof)', strokeWidth: 1.5, clip: true },
        ),
      ),
      ...compute.map(({ perS }) =>
        Plot.line(
          [
            { x: perS / (memory.at(-1)?.perS ?? slowest), y: perS },
            { x: right, y: perS },
          ],
          { x: 'x', y: 'y', stroke: 'var(--roof)', strokeWidth: 1.5, clip: true },
        ),
      ),
      ...memory.map((ceiling) =>
        Plot.text([ceiling], {
          x: () => left * 2.2,
          y: () => ceiling.perS * left * 2.2,
          text: 'label',
          rotate: angle,
          textAnchor: 'start',
          dy: -6,
          fill: 'var(--muted)',
          stroke: 'var(--paper)',
          strokeWidth: 4,
        }),
      ),
      Plot.text(compute, {
        x: () => right,
        y: 'perS',
        text: 'label',
        textAnchor: 'end',
        dx: -4,
        dy: -8,
        fill: 'var(--muted)',
        stroke: 'var(--paper)',
        strokeWidth: 4,
      }),
      Plot.text(['FLOP/s'], {
        frameAnchor: 'top-left',
        dx: -margins.marginLeft + 8,
        dy: -10,
        text: (label: string) => label,
        textAnchor: 'start',
      }),
      Plot.dot([...points], {
        x: 'intensity',
        y: 'flopsPerS',
        r: 'ns',
        fill: (p: Point) => familyColor(p.family),
        fillOpacity: 0.55,
        stroke: (p: Point) => familyColor(p.family),
        strokeWidth: 0.8,
        clip: true,
      }),
      Plot.tip(
        points,
        Plot.pointer({ x: 'intensity', y: 'flopsPerS', title: 'title', maxRadius: 24 }),
      ),
    ],
  }
}

/** Lowest throughput of the kernels that hold 99.5 % of the time; the frame leaves out the rest. */
function lowest(points: readonly Point[]): number {
  const sorted = [...points].sort((a, b) => a.flopsPerS - b.flopsPerS)
  const total = points.reduce((sum, { ns }) => sum + ns, 0)
  let below = 0
  for (const { flopsPerS, ns } of sorted) {
    below += ns
    if (below > 0.005 * total) return flopsPerS
  }
  return Infinity
}
