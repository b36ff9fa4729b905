// Runs as strips over one time axis, as SVG: how much of each moment was busy, and with what.
import { scaleLinear } from 'd3-scale'
import { escapeText } from '../escape-text.js'

/** Strips of equal time scale. */
export interface StripsChart {
  kind: 'strips'
  title: string
  /** Time of the whole axis. */
  lengthNs: number
  /** Families, in the order of their colours from below. */
  families: readonly string[]
  /** By strip and family, the busy share of each interval of the axis. */
  strips: readonly { label: string; shares: readonly (readonly number[])[] }[]
}

const WIDTH = 1160
const LABELS = 92
const STRIP = 54
const GAP = 12
const AXIS = 34

/** The chart; `undefined` where there is nothing to draw. */
export function stripsChart({
  title,
  lengthNs,
  families,
  strips,
}: StripsChart): string | undefined {
  if (!(lengthNs > 0) || strips.length === 0) return undefined
  const height = strips.length * (STRIP + GAP) + AXIS
  const isLong = lengthNs >= 1e9
  const x = scaleLinear([0, lengthNs / (isLong ? 1e9 : 1e6)], [LABELS, WIDTH - 12])
  const ticks = x
    .ticks(8)
    .map(
      (tick) =>
        `<line class="grid" x1="${round(x(tick))}" x2="${round(x(tick))}" y1="0" y2="${height - AXIS}"/>` +
        `<text x="${round(x(tick))}" y="${height - AXIS + 14}" text-anchor="middle">${tick}</text>`,
    )
  const drawn = strips.map(({ label, shares }, s) => {
    const base = s * (STRIP + GAP) + STRIP
    const below = new Array<number>(shares[0]?.length ?? 0).fill(0)
    const width = (WIDTH - 12 - LABELS) / Math.max(1, below.length)
    const paths = families.map((family, f) => {
      let path = ''
      shares[f]!.forEach((share, i) => {
        if (share < 0.002) return
        const top = base - (below[i]! + share) * STRIP
        below[i] = below[i]! + share
        path += `M${round(LABELS + i * width)} ${round(top)}h${round2(width)}v${round(share * STRIP)}h-${round2(width)}z`
      })
      return path === '' ? '' : `<path style="fill:var(--family-${family})" d="${path}"/>`
    })
    return `<text x="${LABELS - 8}" y="${base - STRIP / 2 + 4}" text-anchor="end">${escapeText(label)}</text><rect class="lane" x="${LABELS}" y="${base - STRIP}" width="${WIDTH - 12 - LABELS}" height="${STRIP}"/>${paths.join('')}`
  })
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(title)}">
${drawn.join('')}${ticks.join('')}
<text x="${(LABELS + WIDTH) / 2}" y="${height - 4}" text-anchor="middle">${isLong ? 's' : 'ms'}</text>
</svg>`
}

const round = (value: number) => Math.round(value * 10) / 10
const round2 = (value: number) => Math.round(value * 100) / 100
