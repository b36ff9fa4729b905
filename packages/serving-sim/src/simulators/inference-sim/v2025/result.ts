// A run of inference-sim of 2025 in the common form.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { buildReport } from '../../../core/report.js'
import { RequestTable } from '../../../core/request-table.js'
import type { SimulationResult } from '../../../core/simulation-result.js'
import type { SloByClass } from '../../simulator.js'
import type { Result2025 } from './engine.js'
import type { Metrics2025 } from './metrics.js'

export interface Setup2025 {
  requests: readonly WorkloadRequest[]
  slo: SloByClass | undefined
  totalKvBlocks: number
}

const STATES = { completed: 'completed', running: 'running', queued: 'waiting' } as const

/** @param engine its name */
export function result2025(
  engine: string,
  result: Result2025,
  { requests, slo, totalKvBlocks }: Setup2025,
): SimulationResult {
  const names = result.replicas.map((_, i) => `replica-${i}`)
  const table = new RequestTable(requests, names)
  let preemptions = 0
  for (const [i, request] of result.requests.entries()) {
    const { arrivalUs, ttftUs, e2eUs } = request
    table.arrivalNs[i] = arrivalUs * 1000
    table.setState(i, STATES[request.state])
    table.instance[i] = request.replica
    table.preemptions[i] = request.preemptions
    preemptions += request.preemptions
    if (request.scheduledUs !== null) table.scheduledNs[i] = request.scheduledUs * 1000
    if (ttftUs !== null) table.firstTokenNs[i] = (arrivalUs + ttftUs) * 1000
    if (e2eUs !== null) table.finishedNs[i] = (arrivalUs + e2eUs) * 1000
    table.emitted[i] = e2eUs === null ? 0 : request.outputTokens
  }
  const report = (metrics: Metrics2025, instance: string, only?: number) =>
    buildReport(
      table,
      {
        engine,
        instance,
        durationNs: metrics.simEndedUs * 1000,
        steps: metrics.steps,
        preemptions,
        itl: null,
        kvBlocks: {
          total: totalKvBlocks,
          peak: metrics.peakKvBlocks,
          meanUsed: metrics.averageKvBlocks,
        },
        slo,
      },
      only,
    )
  return {
    engine,
    report: report(result.total, 'cluster'),
    instances: names.length > 1 ? names.map((name, i) => report(result.replicas[i]!, name, i)) : [],
    requests: table,
    itlNs: null,
    batches: null,
    timeline: null,
    native: { total: result.total, replicas: result.replicas },
    warnings: result.total.preemptionHappened
      ? ['after its first preemption this version admits no waiting request any more']
      : [],
  }
}
