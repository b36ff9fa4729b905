// The points of a sweep: every combination of the values of its fields.
import { parse } from 'yaml'
import { CliError } from '../../../program/errors.js'
import type { PointValues } from './simulate-point.js'

/** Most points; a mistyped grid should not fill a disk. */
const MOST_POINTS = 100_000

/**
 * Reads `field=a,b,…` of each axis. Values are YAML: numbers, words, true, or lists in brackets.
 * @returns the points, the last axis fastest; one point without values for no axis
 */
export function gridPoints(axes: readonly string[]): PointValues[] {
  let points: Record<string, unknown>[] = [{}]
  const seen = new Set<string>()
  for (const axis of axes) {
    const at = axis.indexOf('=')
    const field = axis.slice(0, at).trim()
    if (at < 1 || field === '') {
      throw new CliError('usage', `--grid ${axis}: is not field=a,b,…`)
    }
    if (seen.has(field)) throw new CliError('usage', `--grid ${field}: is given twice`)
    seen.add(field)
    const values = valuesOf(axis, axis.slice(at + 1))
    points = points.flatMap((point) => values.map((value) => ({ ...point, [field]: value })))
    if (points.length > MOST_POINTS) {
      throw new CliError('usage', `--grid: makes more than ${MOST_POINTS} points`)
    }
  }
  return points
}

function valuesOf(axis: string, text: string): unknown[] {
  let values: unknown
  try {
    values = parse(`[${text}]`)
  } catch {
    throw new CliError('usage', `--grid ${axis}: its values cannot be read`)
  }
  if (!Array.isArray(values) || values.length === 0) {
    throw new CliError('usage', `--grid ${axis}: has no values`)
  }
  return values
}
