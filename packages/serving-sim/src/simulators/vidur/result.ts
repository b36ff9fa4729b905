// A run of Vidur in the common form.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { buildReport } from '../../core/report.js'
import { RequestTable } from '../../core/request-table.js'
import type { BatchRow, SimulationResult } from '../../core/simulation-result.js'
import type { SloByClass } from '../simulator.js'
import type { VidurResult } from './engine.js'
import { vidurRequestMetrics } from './request-metrics.js'
import type { VidurRequest } from './sequence.js'

export interface VidurSetup {
  requests: readonly WorkloadRequest[]
  slo: SloByClass | undefined
  replicas: number
}

/** A request of a workload in Vidur's form. */
export const vidurRequest = (
  { arrivalNs, inputTokens, outputTokens }: WorkloadRequest,
  id: number,
): VidurRequest => ({
  id,
  arrivedAtS: arrivalNs / 1e9,
  prefillTokens: inputTokens,
  decodeTokens: Math.max(1, outputTokens),
})

/** @param engine its name */
export function vidurResult(
  engine: string,
  result: VidurResult,
  { requests, slo, replicas }: VidurSetup,
): SimulationResult {
  const names = Array.from({ length: replicas }, (_, i) => `replica-${i}`)
  const table = tableOf(requests, result, names)
  return {
    engine,
    report: buildReport(table, {
      engine,
      instance: 'cluster',
      durationNs: result.endS * 1e9,
      steps: result.batches.length,
      preemptions: result.sequences.reduce((sum, { restarts }) => sum + restarts, 0),
      itl: null,
      kvBlocks: null,
      slo,
    }),
    instances: [],
    requests: table,
    itlNs: null,
    batches: batchesOf(result, names),
    timeline: null,
    native: {
      numBlocks: result.numBlocks,
      maxBatchSize: result.maxBatchSize,
      requestMetrics: vidurRequestMetrics(requests.map(vidurRequest), result.sequences),
    },
    warnings: result.warnings,
  }
}

function tableOf(
  requests: readonly WorkloadRequest[],
  { sequences, stages }: VidurResult,
  names: readonly string[],
): RequestTable {
  const table = new RequestTable(requests, names)
  const replicaOf = new Map<number, number>()
  for (const { requestIds, replicaId } of stages) {
    for (const id of requestIds) replicaOf.set(id, replicaId)
  }
  for (const [i, sequence] of sequences.entries()) {
    table.setState(i, sequence.completed ? 'completed' : sequence.scheduled ? 'running' : 'waiting')
    table.instance[i] = replicaOf.get(sequence.id) ?? -1
    table.preemptions[i] = sequence.restarts
    if (replicaOf.has(sequence.id)) table.scheduledNs[i] = sequence.scheduledAt * 1e9
    if (sequence.prefillCompletedAt > 0) table.firstTokenNs[i] = sequence.prefillCompletedAt * 1e9
    if (sequence.completed) table.finishedNs[i] = sequence.completedAt * 1e9
    table.emitted[i] = sequence.completed ? requests[i]!.outputTokens : 0
  }
  return table
}

function batchesOf({ stages, batches }: VidurResult, names: readonly string[]): BatchRow[] {
  const byId = new Map(batches.map((batch) => [batch.batchId, batch]))
  return stages
    .filter(({ stageId }) => stageId === 0)
    .map(({ batchId, replicaId, startS }) => {
      const batch = byId.get(batchId)
      return {
        instance: names[replicaId]!,
        startNs: Math.round(startS * 1e9),
        durationNs: Math.round((batch?.executionTimeS ?? 0) * 1e9),
        size: batch?.size ?? 0,
        prefillTokens: batch?.numPrefillTokens ?? 0,
        decodeTokens: batch?.numDecodeTokens ?? 0,
      }
    })
}
