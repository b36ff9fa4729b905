// Results of the engines that other simulators define, in the common form.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { buildReport, type ReportContext, type SloLimits } from '../core/report.js'
import { type RequestState, RequestTable } from '../core/request-table.js'
import type { SimulationResult } from '../core/simulation-result.js'
import { WeightedSamples } from '../core/weighted-samples.js'
import type { InferenceSim2025Result } from '../simulators/inference-sim/engine-2025.js'
import type { InferenceSimResult } from '../simulators/inference-sim/engine-head.js'
import type { ReallmResult } from '../simulators/reallm/engine.js'
import type { VidurResult } from '../simulators/vidur/engine.js'
import { vidurRequestMetrics } from '../simulators/vidur/request-metrics.js'

type Slo = Readonly<Record<string, SloLimits>> | undefined

const NO_KV = null

function reportOf(
  table: RequestTable,
  context: Omit<ReportContext, 'slo'>,
  slo: Slo,
  only?: number,
) {
  return buildReport(table, { ...context, ...(slo === undefined ? {} : { slo }) }, only)
}

/** inference-sim of 2025. */
export function result2025(
  requests: readonly WorkloadRequest[],
  result: InferenceSim2025Result,
  totalKvBlocks: number,
  slo: Slo,
): SimulationResult {
  const engine = 'inference-sim-2025'
  const names = result.replicas.map((_, i) => `replica-${i}`)
  const table = new RequestTable(requests, names)
  const states = { completed: 'completed', running: 'running', queued: 'waiting' } as const
  let preemptions = 0
  for (const [i, request] of result.requests.entries()) {
    const { arrivalUs, ttftUs, e2eUs } = request
    table.arrivalNs[i] = arrivalUs * 1000
    table.setState(i, states[request.state])
    table.instance[i] = request.replica
    table.preemptions[i] = request.preemptions
    preemptions += request.preemptions
    if (request.scheduledUs !== null) table.scheduledNs[i] = request.scheduledUs * 1000
    if (ttftUs !== null) table.firstTokenNs[i] = (arrivalUs + ttftUs) * 1000
    if (e2eUs !== null) table.finishedNs[i] = (arrivalUs + e2eUs) * 1000
    table.emitted[i] = e2eUs === null ? 0 : request.outputTokens
  }
  const context = (metrics: InferenceSim2025Result['total'], instance: string) => ({
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
  })
  return {
    engine,
    report: reportOf(table, context(result.total, 'cluster'), slo),
    instances:
      names.length > 1
        ? names.map((name, i) => reportOf(table, context(result.replicas[i]!, name), slo, i))
        : [],
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

const HEAD_STATES: Record<string, RequestState> = {
  completed: 'completed',
  length_capped: 'length_capped',
  running: 'running',
  queued: 'waiting',
  pending: 'waiting',
  dropped_unservable: 'unservable',
  timed_out: 'timed_out',
}

/** inference-sim at its head. */
export function resultHead(
  requests: readonly WorkloadRequest[],
  result: InferenceSimResult,
  totalKvBlocks: number,
  slo: Slo,
): SimulationResult {
  const engine = 'inference-sim'
  const names = result.instances.map(({ instance_id: name }) => name)
  const table = new RequestTable(requests, names)
  for (const [i, request] of result.requests.entries()) {
    const { ttftUs, e2eUs, schedulingDelayUs } = request
    const arrivalUs = Number.isFinite(request.arrivalUs) ? request.arrivalUs : 0
    table.arrivalNs[i] = arrivalUs * 1000
    table.setState(i, HEAD_STATES[request.state]!)
    table.instance[i] = request.instance
    table.preemptions[i] = request.preemptions
    if (schedulingDelayUs !== null) table.scheduledNs[i] = (arrivalUs + schedulingDelayUs) * 1000
    if (ttftUs !== null) table.firstTokenNs[i] = (arrivalUs + ttftUs) * 1000
    if (e2eUs !== null) table.finishedNs[i] = (arrivalUs + e2eUs) * 1000
    table.emitted[i] = e2eUs === null ? 0 : request.outputTokens
  }
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  const durationUs = result.cluster.vllm_estimated_duration_s * 1e6
  const itl = result.itlUs
  const context = (instance: string, members: readonly number[]): Omit<ReportContext, 'slo'> => {
    const samples = new WeightedSamples()
    for (const member of members) {
      itl[member]!.forEach((value, count) => {
        samples.add(value * 1000, count)
      })
    }
    const of = (values: readonly number[]) => total(members.map((member) => values[member]!))
    return {
      engine,
      instance,
      durationNs: durationUs * 1000,
      steps: of(result.steps),
      preemptions: of(result.instances.map(({ preemption_count: count }) => count)),
      itl: samples,
      kvBlocks: {
        total: totalKvBlocks * members.length,
        peak: of(result.peakKvBlocks),
        meanUsed: durationUs > 0 ? of(result.kvIntegral) / durationUs : 0,
      },
    }
  }
  const all = names.map((_, i) => i)
  const clusterContext = context('cluster', all)
  return {
    engine,
    report: reportOf(table, clusterContext, slo),
    instances:
      names.length > 1 ? names.map((name, i) => reportOf(table, context(name, [i]), slo, i)) : [],
    requests: table,
    itlNs: clusterContext.itl,
    batches: null,
    timeline: null,
    native: { cluster: result.cluster, instances: result.instances },
    warnings: [],
  }
}

/** Vidur. */
export function resultVidur(
  requests: readonly WorkloadRequest[],
  result: VidurResult,
  replicas: number,
  slo: Slo,
): SimulationResult {
  const names = Array.from({ length: replicas }, (_, i) => `replica-${i}`)
  const table = new RequestTable(requests, names)
  const replicaOf = new Map<number, number>()
  let preemptions = 0
  for (const { requestIds, replicaId } of result.stages) {
    for (const id of requestIds) replicaOf.set(id, replicaId)
  }
  for (const [i, sequence] of result.sequences.entries()) {
    table.setState(i, sequence.completed ? 'completed' : sequence.scheduled ? 'running' : 'waiting')
    table.instance[i] = replicaOf.get(sequence.id) ?? -1
    table.preemptions[i] = sequence.restarts
    preemptions += sequence.restarts
    if (replicaOf.has(sequence.id)) table.scheduledNs[i] = sequence.scheduledAt * 1e9
    if (sequence.prefillCompletedAt > 0) table.firstTokenNs[i] = sequence.prefillCompletedAt * 1e9
    if (sequence.completed) table.finishedNs[i] = sequence.completedAt * 1e9
    table.emitted[i] = sequence.completed ? requests[i]!.outputTokens : 0
  }
  const report = reportOf(
    table,
    {
      engine: 'vidur',
      instance: 'cluster',
      durationNs: result.endS * 1e9,
      steps: result.batches.length,
      preemptions,
      itl: null,
      kvBlocks: NO_KV,
    },
    slo,
  )
  const sizes = new Map(result.batches.map((batch) => [batch.batchId, batch]))
  return {
    engine: 'vidur',
    report,
    instances: [],
    requests: table,
    itlNs: null,
    batches: result.stages
      .filter(({ stageId }) => stageId === 0)
      .map(({ batchId, replicaId, startS }) => {
        const batch = sizes.get(batchId)
        return {
          instance: names[replicaId]!,
          startNs: Math.round(startS * 1e9),
          durationNs: Math.round((batch?.executionTimeS ?? 0) * 1e9),
          size: batch?.size ?? 0,
          prefillTokens: batch?.numPrefillTokens ?? 0,
          decodeTokens: batch?.numDecodeTokens ?? 0,
        }
      }),
    timeline: null,
    native: {
      numBlocks: result.numBlocks,
      maxBatchSize: result.maxBatchSize,
      requestMetrics: vidurRequestMetrics(
        requests.map(({ arrivalNs, inputTokens, outputTokens }, id) => ({
          id,
          arrivedAtS: arrivalNs / 1e9,
          prefillTokens: inputTokens,
          decodeTokens: outputTokens,
        })),
        result.sequences,
      ),
    },
    warnings: result.warnings,
  }
}

/** ReaLLM. */
export function resultReallm(
  requests: readonly WorkloadRequest[],
  result: ReallmResult,
  slo: Slo,
): SimulationResult {
  const table = new RequestTable(requests, ['system'])
  const itl = new WeightedSamples()
  for (const [i, record] of result.requests.entries()) {
    const { tokenS, scheduledS, finished } = record
    table.instance[i] = 0
    table.setState(i, finished ? 'completed' : tokenS.length > 0 ? 'running' : 'waiting')
    if (scheduledS !== null) table.scheduledNs[i] = scheduledS * 1e9
    if (tokenS.length > 0) table.firstTokenNs[i] = tokenS[0]! * 1e9
    if (finished) table.finishedNs[i] = tokenS.at(-1)! * 1e9
    table.emitted[i] = tokenS.length
    for (let t = 1; t < tokenS.length; t++) itl.add((tokenS[t]! - tokenS[t - 1]!) * 1e9)
  }
  const unfinished = result.requests.filter(({ finished }) => !finished).length
  return {
    engine: 'reallm',
    report: reportOf(
      table,
      {
        engine: 'reallm',
        instance: 'cluster',
        durationNs: result.endS * 1e9,
        steps: result.steps.length,
        preemptions: 0,
        itl,
        kvBlocks: NO_KV,
      },
      slo,
    ),
    instances: [],
    requests: table,
    itlNs: itl,
    batches: result.steps.map(({ startS, durationS, prefillTokens, contexts }) => ({
      instance: 'system',
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
