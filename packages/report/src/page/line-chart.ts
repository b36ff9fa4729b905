// A line chart as SVG, drawn without a browser.
import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import { escapeText } from '../escape-text.js'
import { seriesClass } from './legend.js'

/** Curves over a common axis. */
export interface LineChart {
  kind?: 'line'
  title: string
  xLabel: string
  yLabel: string
  /** A logarithmic x axis, for values over several orders of magnitude. Linear if absent. */
  xScale?: 'linear' | 'log'
  /** Marks each point. */
  hasPoints?: boolean
  series: { name: string; points: readonly (readonly [x: number, y: number])[] }[]
}

const WIDTH = 560
const HEIGHT = 300
const MARGIN = { top: 12, right: 16, bottom: 42, left: 72 }

/** The chart; `undefined` where no curve has a point that can be drawn. */
export function lineChart(chart: LineChart): string | undefined {
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
  // Layers and other things that are counted lie at whole numbers only.
  const isWhole = !isLog && all.every(([px]) => Number.isInteger(px)) && right < 6
  const ticks = isWhole ? x.ticks(6).filter(Number.isInteger) : x.ticks(6)
  const xTicks = ticks.map((tick) => {
    const at = round(x(tick))
    const label = isWhole ? String(tick) : format(tick)
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
    ({ points }, i) => `<path class="curve ${seriesClass(i)}" d="${path(points) ?? ''}"/>`,
  )
  const dots = chart.hasPoints
    ? series.flatMap(({ points }, i) =>
        points.map(
          ([px, py]) =>
            `<circle class="${seriesClass(i)}" cx="${round(x(px))}" cy="${round(y(py))}" r="4"/>`,
        ),
      )
    : []
  const middle = (MARGIN.top + HEIGHT - MARGIN.bottom) / 2
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(chart.title)}">
${xTicks.join('')}${yTicks.join('')}${curves.join('')}${dots.join('')}
<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeText(chart.xLabel)}</text>
<text transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${escapeText(chart.yLabel)}</text>
</svg>`
}

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
