// Pairs of bars as SVG: what took how long in one run and in the other.
import { scaleLinear } from 'd3-scale'
import { escapeText } from '../escape-text.js'
import { seriesClass } from './legend.js'

/** A row for each thing, with a bar for each name. */
export interface BarsChart {
  kind: 'bars'
  title: string
  /** What the axis counts, such as `ms`. */
  unit: string
  /** What each bar of a row is of. */
  names: readonly string[]
  rows: readonly { label: string; values: readonly (number | null)[] }[]
}

const WIDTH = 560
const LABELS = 150
const RIGHT = 56
const BAR = 9
const GAP = 9
const AXIS = 26

/** The chart; `undefined` where there is nothing to draw. */
export function barsChart({ title, unit, names, rows }: BarsChart): string | undefined {
  const values = rows.flatMap((row) => row.values.filter((value) => value !== null))
  const most = values.reduce((top, value) => Math.max(top, value), 0)
  if (!(most > 0)) return undefined
  const x = scaleLinear([0, most], [LABELS, WIDTH - RIGHT])
  const step = names.length * (BAR + 1) + GAP
  const height = rows.length * step + AXIS
  const bars = rows.map(({ label, values: own }, r) => {
    const top = r * step
    const marks = own.map((value, i) => {
      const y = top + i * (BAR + 1)
      if (value === null) return ''
      const end = round(x(value))
      return (
        `<rect class="${seriesClass(i)}" x="${LABELS}" y="${y}" width="${Math.max(1, round(end - LABELS))}" height="${BAR}"/>` +
        `<text class="value" x="${end + 4}" y="${y + BAR - 1}">${amount(value)}</text>`
      )
    })
    const middle = top + (names.length * (BAR + 1)) / 2 + 3
    return `<text x="${LABELS - 8}" y="${round(middle)}" text-anchor="end">${escapeText(label)}</text>${marks.join('')}`
  })
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(title)}">
${bars.join('')}
<text x="${(LABELS + WIDTH - RIGHT) / 2}" y="${height - 6}" text-anchor="middle">${escapeText(unit)}</text>
</svg>`
}

const round = (value: number) => Math.round(value * 10) / 10
const amount = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
