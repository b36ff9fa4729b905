// A run of ReaLLM in the common form.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { buildReport } from '../../core/report.js'
import { RequestTable } from '../../core/request-table.js'
import type { SimulationResult } from '../../core/simulation-result.js'
import { WeightedSamples } from '../../core/weighted-samples.js'
import type { SloByClass } from '../simulator.js'
import type { ReallmResult } from './engine.js'

const INSTANCE = 'system'

export interface ReallmSetup {
  requests: readonly WorkloadRequest[]
  slo: SloByClass | undefined
}

/** @param engine its name */
export function reallmResult(
  engine: string,
  result: ReallmResult,
  { requests, slo }: ReallmSetup,
): SimulationResult {
  const table = new RequestTable(requests, [INSTANCE])
  const itlNs = new WeightedSamples()
  for (const [i, record] of result.requests.entries()) {
    const { tokenS, scheduledS, finished } = record
    table.instance[i] = 0
    table.setState(i, finished ? 'completed' : tokenS.length > 0 ? 'running' : 'waiting')
    if (scheduledS !== null) table.scheduledNs[i] = scheduledS * 1e9
    if (tokenS.length > 0) table.firstTokenNs[i] = tokenS[0]! * 1e9
    if (finished) table.finishedNs[i] = tokenS.at(-1)! * 1e9
    table.emitted[i] = tokenS.length
    for (let t = 1; t < tokenS.length; t++) itlNs.add((tokenS[t]! - tokenS[t - 1]!) * 1e9)
  }
  const unfinished = result.requests.filter(({ finished }) => !finished).length
  return {
    engine,
    report: buildReport(table, {
      engine,
      instance: 'cluster',
      durationNs: result.endS * 1e9,
      steps: result.steps.length,
      preemptions: 0,
      itl: itlNs,
      kvBlocks: null,
      slo,
    }),
    instances: [],
    requests: table,
    itlNs,
    batches: result.steps.map(({ startS, durationS, prefillTokens, contexts }) => ({
      instance: INSTANCE,
      startNs: Math.round(startS * 1e9),
      durationNs: Math.round(durationS * 1e9),
      size: contexts.length + (prefillTokens > 0 ? 1 : 0),
      prefillTokens,
      decodeTokens: contexts.length,
    })),
    timeline: null,
    native: null,
    warnings: unfinished > 0 ? [`${unfinished} requests had not finished when ReaLLM stopped`] : [],
  }
}
