// The latency model that a section `stepTime` names, with the collectives of its table before it.
import { collectiveTimes, getModel, type Row } from '@flowsim/calibration'
import { type LatencyModel, PerfModelError, withCollectiveTimes } from '@flowsim/perf-model'
import type { StepTimeContext } from '@flowsim/serving-sim'
import { messageOf } from '@flowsim/trace-schema'
import { parse } from 'csv-parse/sync'
import type { ModelFields } from './model-fields.js'
import { placed } from './serving-errors.js'

/** @param others - latency models besides those of `@flowsim/calibration`, by name */
export function latencyOf(
  { latencyModel: name = 'calibrated', collectives }: ModelFields,
  { at, readText }: Pick<StepTimeContext, 'at' | 'readText'>,
  others: Readonly<Record<string, LatencyModel>> = {},
): LatencyModel {
  const base = placed(at('latencyModel'), () =>
    Object.hasOwn(others, name) ? others[name]! : getModel(name),
  )
  if (collectives === undefined) return base
  return placed(at('collectives'), () => {
    const source = { source: collectives }
    const rows = rowsOf(readText(collectives), collectives)
    return withCollectiveTimes(base, collectiveTimes(rows, source), source)
  })
}

function rowsOf(text: string, source: string): Row[] {
  try {
    return parse(text, { columns: true, skip_empty_lines: true, trim: true })
  } catch (cause) {
    throw new PerfModelError('invalid_profile', `${source}: ${messageOf(cause)}`, { cause })
  }
}
