// A line chart as SVG, drawn without a browser.
import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import { escapeText } from '../escape-text.js'

/** Curves over a common axis. */
export interface ServingChart {
  title: string
  xLabel: string
  yLabel: string
  /** A logarithmic x axis, for values over several orders of magnitude. Linear if absent. */
  xScale?: 'linear' | 'log'
  series: { name: string; points: readonly (readonly [x: number, y: number])[] }[]
}

const WIDTH = 560
const HEIGHT = 300
const MARGIN = { top: 12, right: 16, bottom: 42, left: 62 }

/** Colours that are told apart with and without colour vision (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000']

/** The chart; `undefined` where no curve has a point that can be drawn. */
export function lineChart(chart: ServingChart): string | undefined {
  const isLog = chart.xScale === 'log'
  const series = chart.series.map(({ name, points }) => ({
    name,
    points: points.filter(
      ([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (!isLog || x > 0),
    ),
  }))
  const all = series.flatMap(({ points }) => points)
  if (all.length === 0) return undefined
  const [left, right] = extent(all.map(([x]) => x))
  const [, top] = extent(all.map(([, y]) => y))
  const range: [number, number] = [MARGIN.left, WIDTH - MARGIN.right]
  const x = isLog
    ? scaleLog([left, Math.max(right, left * 1.01)], range)
    : scaleLinear([Math.min(0, left), right > left ? right : left + 1], range)
  const y = scaleLinear([0, top > 0 ? top : 1], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(5)
  const path = line<readonly [number, number]>(
    ([px]) => round(x(px)),
    ([, py]) => round(y(py)),
  )
  const format = x.tickFormat(6)
  const formatY = y.tickFormat(5)
  const xTicks = x.ticks(6).map((tick) => {
    const at = round(x(tick))
    const label = format(tick)
    return (
      `<line class="grid" x1="${at}" x2="${at}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/>` +
      (label === ''
        ? ''
        : `<text x="${at}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle">${label}</text>`)
    )
  })
  const yTicks = y.ticks(5).map((tick) => {
    const at = round(y(tick))
    return (
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>` +
      `<text x="${MARGIN.left - 6}" y="${at + 4}" text-anchor="end">${formatY(tick)}</text>`
    )
  })
  const curves = series.map(
    ({ points }, i) =>
      `<path d="${path(points) ?? ''}" fill="none" stroke="${colour(i)}" stroke-width="2"/>`,
  )
  const middle = (MARGIN.top + HEIGHT - MARGIN.bottom) / 2
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(chart.title)}">
${xTicks.join('')}${yTicks.join('')}${curves.join('')}
<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeText(chart.xLabel)}</text>
<text transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${escapeText(chart.yLabel)}</text>
</svg>`
}

/** Names of the curves with their colours; nothing for one curve. */
export function legend({ series }: ServingChart): string {
  if (series.length < 2) return ''
  const entries = series.map(
    ({ name }, i) => `<span><i style="background:${colour(i)}"></i>${escapeText(name)}</span>`,
  )
  return `<p class="legend">${entries.join('')}</p>`
}

const colour = (index: number) => COLOURS[index % COLOURS.length]!
const round = (value: number) => Math.round(value * 10) / 10

function extent(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}
