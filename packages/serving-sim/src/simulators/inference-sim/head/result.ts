// A run of inference-sim at its head in the common form.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { buildReport } from '../../../core/report.js'
import { type RequestState, RequestTable } from '../../../core/request-table.js'
import type { SimulationResult } from '../../../core/simulation-result.js'
import { WeightedSamples } from '../../../core/weighted-samples.js'
import type { SloByClass } from '../../simulator.js'
import type { ClientState } from './client.js'
import type { HeadResult } from './engine.js'

const STATES: Record<ClientState, RequestState> = {
  completed: 'completed',
  length_capped: 'length_capped',
  running: 'running',
  queued: 'waiting',
  pending: 'waiting',
  dropped_unservable: 'unservable',
  timed_out: 'timed_out',
  rejected: 'rejected',
}

export interface HeadSetup {
  requests: readonly WorkloadRequest[]
  slo: SloByClass | undefined
  /** Of each instance. */
  totalKvBlocks: number
}

/** @param engine its name */
export function headResult(
  engine: string,
  result: HeadResult,
  { requests, slo, totalKvBlocks }: HeadSetup,
): SimulationResult {
  const names = result.instances.map(({ instance_id: name }) => name)
  const table = tableOf(requests, result, names)
  const durationUs = result.cluster.vllm_estimated_duration_s * 1e6
  const report = (instance: string, members: readonly number[], only?: number) => {
    const sum = (values: readonly number[]) =>
      members.reduce((total, member) => total + values[member]!, 0)
    return buildReport(
      table,
      {
        engine,
        instance,
        durationNs: durationUs * 1000,
        steps: sum(result.steps),
        preemptions: sum(result.instances.map(({ preemption_count: count }) => count)),
        itl: gapsOf(result, members),
        kvBlocks: {
          total: totalKvBlocks * members.length,
          peak: sum(result.peakKvBlocks),
          meanUsed: durationUs > 0 ? sum(result.kvIntegral) / durationUs : 0,
        },
        slo,
      },
      only,
    )
  }
  const all = names.map((_, i) => i)
  return {
    engine,
    report: report('cluster', all),
    instances: names.length > 1 ? names.map((name, i) => report(name, [i], i)) : [],
    requests: table,
    itlNs: gapsOf(result, all),
    batches: null,
    timeline: null,
    native: { cluster: result.cluster, instances: result.instances },
    warnings: [],
  }
}

function tableOf(
  requests: readonly WorkloadRequest[],
  result: HeadResult,
  names: readonly string[],
): RequestTable {
  const table = new RequestTable(requests, names)
  for (const [i, request] of result.requests.entries()) {
    const { ttftUs, e2eUs, schedulingDelayUs } = request
    const arrivalUs = Number.isFinite(request.arrivalUs) ? request.arrivalUs : 0
    table.arrivalNs[i] = arrivalUs * 1000
    table.setState(i, STATES[request.state])
    table.instance[i] = request.instance
    table.preemptions[i] = request.preemptions
    if (schedulingDelayUs !== null) table.scheduledNs[i] = (arrivalUs + schedulingDelayUs) * 1000
    if (ttftUs !== null) table.firstTokenNs[i] = (arrivalUs + ttftUs) * 1000
    if (e2eUs !== null) table.finishedNs[i] = (arrivalUs + e2eUs) * 1000
    table.emitted[i] = e2eUs === null ? 0 : request.outputTokens
  }
  return table
}

/** Gaps between tokens, in nanoseconds, of some instances. */
function gapsOf({ itlUs }: HeadResult, members: readonly number[]): WeightedSamples {
  const samples = new WeightedSamples()
  for (const member of members) {
    itlUs[member]!.forEach((us, count) => {
      samples.add(us * 1000, count)
    })
  }
  return samples
}
