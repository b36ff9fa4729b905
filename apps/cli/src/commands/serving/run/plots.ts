// Plots of a simulation for a terminal.
import { type Curve, latencyCurves, thinned, timelineCurves } from '@flowsim/report/serving'
import type { SimulationResult } from '@flowsim/serving-sim'
import { plot } from 'simple-ascii-chart'

const WIDTH = 64
const HEIGHT = 10

/** Latency distributions, throughput and KV use, one plot under another. */
export function renderPlots(result: SimulationResult): string {
  const over = timelineCurves(result)
  const plots = latencyCurves(result).map((curve) =>
    draw(`${curve.name}: % of requests by ms`, curve),
  )
  if (over !== null) {
    plots.push(draw('output tokens/s by s', over.throughput))
    plots.push(draw('KV blocks in use, %, by s', over.kvUse))
    plots.push(draw('requests waiting by s', over.waiting))
  }
  return plots.join('\n')
}

function draw(title: string, curve: Curve): string {
  const points = thinned(curve, WIDTH)
  const xs = points.map(([x]) => x)
  const right = Math.max(...xs)
  const left = Math.min(...xs)
  const top = Math.max(...points.map(([, y]) => y))
  if (!(right > left)) return `${title}: ${label(top)} at ${label(left)}`
  return plot(
    points.map(([x, y]): [number, number] => [x, y]),
    {
      title,
      width: WIDTH,
      height: HEIGHT,
      yRange: [0, top > 0 ? top : 1],
      customXAxisTicks: ticks(left, right),
      customYAxisTicks: ticks(0, top > 0 ? top : 1),
      formatter: label,
    },
  ).trimEnd()
}

/** Five values from end to end. */
function ticks(from: number, to: number): number[] {
  return [0, 0.25, 0.5, 0.75, 1].map((share) => from + share * (to - from))
}

const label = (value: number) =>
  value.toLocaleString('en-US', { maximumSignificantDigits: 3, useGrouping: false })
