// Small plots for a terminal, of block and braille characters.
import { cutText, padText, textWidth } from './text-width.js'

/** A bar: its length, and what stands beside it. */
export interface Bar {
  label: string
  value: number
  /** Right of the bar; the value if absent. */
  text?: string
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Bars one under another, the longest as long as the width allows. Negative values are drawn empty. */
export function renderBars(bars: readonly Bar[], options: { width?: number } = {}): string {
  const width = options.width ?? 80
  const labels = Math.min(
    Math.floor(width / 2),
    Math.max(0, ...bars.map(({ label }) => textWidth(label))),
  )
  const texts = bars.map(({ text, value }) => text ?? String(value))
  const right = Math.max(0, ...texts.map(textWidth))
  const room = Math.max(1, width - labels - right - 4)
  const longest = Math.max(0, ...bars.map(({ value }) => value))
  return bars
    .map(({ label, value }, b) => {
      const cells = longest > 0 ? (Math.max(0, value) / longest) * room : 0
      const bar = '█'.repeat(Math.floor(cells)) + EIGHTHS[Math.floor((cells % 1) * 8)]!
      const head = padText(cutText(label, labels), labels, 'left')
      return `${head}  ${padText(bar, room, 'left')}  ${padText(texts[b]!, right, 'right')}`
    })
    .join('\n')
}

const SHADES = ['█', '▓', '▒', '░', '·', ' ']

/**
 * Parts of a whole as one bar and a legend under it. Each part has its own shade, up to six, and
 * at least one cell unless it is nothing.
 */
export function renderShares(
  parts: readonly { label: string; value: number; text?: string }[],
  options: { width?: number } = {},
): string {
  const width = options.width ?? 80
  const total = parts.reduce((sum, { value }) => sum + Math.max(0, value), 0)
  const cells = parts.map(({ value }) => {
    const exact = total > 0 ? (Math.max(0, value) / total) * width : 0
    return exact > 0 ? Math.max(1, Math.round(exact)) : 0
  })
  // Rounding is paid for by the longest part.
  const longest = cells.indexOf(Math.max(0, ...cells))
  if (longest >= 0 && total > 0) {
    cells[longest] = Math.max(1, cells[longest]! + width - cells.reduce((a, b) => a + b, 0))
  }
  const shade = (p: number) => SHADES[Math.min(p, SHADES.length - 1)]!
  const bar = cells.map((count, p) => shade(p).repeat(count)).join('')
  const labels = Math.max(0, ...parts.map(({ label }) => textWidth(label)))
  const legend = parts.map(({ label, value, text }, p) => {
    const share = total > 0 ? `${((value / total) * 100).toFixed(1)} %` : ''
    return `${shade(p)} ${padText(label, labels, 'left')}  ${padText(share, 7, 'right')}${text ? `  ${text}` : ''}`
  })
  return [bar, ...legend].join('\n').trimEnd()
}

/** Values as one line of eight heights, from zero to the largest. */
export function renderSparkline(values: readonly number[]): string {
  const highest = Math.max(0, ...values)
  return values
    .map((value) => {
      const level = highest > 0 ? Math.round((Math.max(0, value) / highest) * 7) : 0
      return String.fromCodePoint(0x2581 + level)
    })
    .join('')
}

/** How a {@link renderScatter} is drawn. */
export interface ScatterOptions {
  /** Cells of the frame; 60 × 20 if absent. A cell holds 2 × 4 dots. */
  width?: number
  height?: number
  xLabel?: string
  yLabel?: string
  /** Draws the line y = x. */
  diagonal?: boolean
}

/**
 * Points with two logarithmic axes in braille characters, for measured against predicted times. Points
 * that are not positive are left out.
 */
export function renderScatter(
  points: readonly { x: number; y: number }[],
  options: ScatterOptions = {},
): string {
  const { width = 60, height = 20 } = options
  const drawn = points.filter(({ x, y }) => x > 0 && y > 0)
  if (drawn.length === 0) return 'no points'
  const ends = (values: number[]) => {
    const low = values.reduce((a, b) => Math.min(a, b))
    const high = values.reduce((a, b) => Math.max(a, b))
    return low < high
      ? [Math.log10(low), Math.log10(high)]
      : [Math.log10(low) - 0.5, Math.log10(low) + 0.5]
  }
  const both = ends(drawn.flatMap(({ x, y }) => [x, y]))
  const [x0, x1] = (options.diagonal ? both : ends(drawn.map(({ x }) => x))) as [number, number]
  const [y0, y1] = (options.diagonal ? both : ends(drawn.map(({ y }) => y))) as [number, number]
  const dots = new Uint8Array(width * height)
  const set = (logX: number, logY: number) => {
    const column = Math.round(((logX - x0) / (x1 - x0)) * (2 * width - 1))
    const row = Math.round(((y1 - logY) / (y1 - y0)) * (4 * height - 1))
    const cell = (row >> 2) * width + (column >> 1)
    dots[cell] = dots[cell]! | BRAILLE[column & 1]![row & 3]!
  }
  if (options.diagonal) {
    // Every other dot, so that points stand out from the line.
    for (let d = 0; d < 2 * width; d += 2) {
      const at = x0 + ((x1 - x0) * d) / (2 * width - 1)
      set(at, at)
    }
  }
  for (const { x, y } of drawn) set(Math.log10(x), Math.log10(y))
  const gutter = Math.max(textWidth(tick(y1)), textWidth(tick(y0)))
  const lines: string[] = options.yLabel ? [`${' '.repeat(gutter)} ${options.yLabel}`] : []
  for (let r = 0; r < height; r++) {
    const text = r === 0 ? tick(y1) : r === height - 1 ? tick(y0) : ''
    const cells = Array.from(dots.subarray(r * width, (r + 1) * width), (bits) =>
      String.fromCodePoint(0x2800 + bits),
    )
    lines.push(`${padText(text, gutter, 'right')} │${cells.join('')}`)
  }
  lines.push(`${' '.repeat(gutter)} └${'─'.repeat(width)}`)
  const [left, right] = [tick(x0), tick(x1)]
  const middle = padText(options.xLabel ?? '', width - textWidth(left) - textWidth(right), 'left')
  const label = options.xLabel ? center(options.xLabel, textWidth(middle)) : middle
  lines.push(`${' '.repeat(gutter + 2)}${left}${label}${right}`)
  return lines.join('\n')
}

/** Bits of the dots of a braille cell, by column and row (Unicode 2800). */
const BRAILLE = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
]

function center(text: string, width: number): string {
  const left = Math.max(0, Math.floor((width - textWidth(text)) / 2))
  return padText(' '.repeat(left) + text, width, 'left')
}

function tick(log: number): string {
  const value = 10 ** log
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 })
}
