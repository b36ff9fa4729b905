// Errors of predictions, and Markdown tables of them.
import { median, quantile } from 'd3-array'

/** Predictions beside measurements, in the same unit. */
export class Tally {
  count = 0
  inside = 0
  measured = 0
  errors = []
  absolute = 0

  add(predicted, measured, p10 = 0, p90 = Infinity) {
    const error = predicted / measured - 1
    this.count++
    this.errors.push(error)
    this.measured += measured
    this.absolute += Math.abs(predicted - measured)
    if (p10 <= measured && measured <= p90) this.inside++
  }

  get mape() {
    return this.errors.reduce((sum, error) => sum + Math.abs(error), 0) / this.count
  }

  /** Error of the whole time: each error weighs as much as its measurement is long. */
  get weighted() {
    return this.absolute / this.measured
  }

  get bias() {
    return median(this.errors)
  }

  get coverage() {
    return this.inside / this.count
  }

  quantile(share) {
    return quantile(this.errors.map(Math.abs), share)
  }
}

/** A share as percent. */
export function percent(share, digits = 1) {
  if (share === undefined || Number.isNaN(share)) return '-'
  const value = 100 * share
  return `${value.toFixed(Math.abs(value) >= 100 ? 0 : digits)} %`
}

/** A count with separators. */
export const whole = (count) => count.toLocaleString('en')

/** A Markdown table; columns beyond the first are right-aligned unless `left` names them. */
export function markdown(header, rows, left = [0]) {
  const cells = [header, ...rows]
  const widths = header.map((_, i) => Math.max(3, ...cells.map((row) => row[i].length)))
  const line = (row) =>
    `| ${row.map((cell, i) => (left.includes(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`
  const rule = `| ${widths.map((width, i) => (left.includes(i) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(header), rule, ...rows.map(line)].join('\n')
}
