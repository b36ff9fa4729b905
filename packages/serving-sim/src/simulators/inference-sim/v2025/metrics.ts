// The numbers that inference-sim of 2025 prints.
import { mean, quantile } from '../statistics.js'
import type { Options2025 } from './options.js'
import type { Replica } from './replica.js'

/** The numbers that the program prints, of one replica or of all. */
export interface Metrics2025 {
  completedRequests: number
  requestRatePerS: number
  totalInputTokens: number
  totalOutputTokens: number
  estimatedDurationS: number
  throughputPerS: number
  meanE2eMs: number
  medianE2eMs: number
  p99E2eMs: number
  meanTtftMs: number
  medianTtftMs: number
  p99TtftMs: number
  meanActiveSteps: number
  simEndedUs: number
  averageKvBlocks: number
  peakKvBlocks: number
  throughputToArrivalRatio: number
  steps: number
  preemptionHappened: boolean
  waiting: number
}

/** @param simEndedUs end of the run */
export function metrics2025(
  replicas: readonly Replica[],
  simEndedUs: number,
  options: Options2025,
): Metrics2025 {
  const sum = (of: (replica: Replica) => number) =>
    replicas.reduce((total, replica) => total + of(replica), 0)
  const finished = replicas.flatMap((replica) => replica.finished)
  const e2eMs = finished.map((client) => client.e2eUs! / 1000)
  const ttftMs = replicas.flatMap(({ started }) => [...started].map(({ ttftUs }) => ttftUs! / 1000))
  const durationS = simEndedUs / 1e6
  const perSecond = durationS > 0 ? finished.length / durationS : 0
  const perUs = options.ratePerS / 1e6
  return {
    completedRequests: finished.length,
    requestRatePerS: Math.trunc(perUs * 1e6),
    totalInputTokens: sum((replica) => replica.inputTokens),
    totalOutputTokens: sum((replica) => replica.outputTokens),
    estimatedDurationS: durationS,
    throughputPerS: perSecond,
    meanE2eMs: mean(e2eMs),
    medianE2eMs: quantile(e2eMs, 0.5),
    p99E2eMs: quantile(e2eMs, 0.99),
    meanTtftMs: mean(ttftMs),
    medianTtftMs: quantile(ttftMs, 0.5),
    p99TtftMs: quantile(ttftMs, 0.99),
    meanActiveSteps: mean(finished.map((client) => client.finishedStep - client.scheduledStep)),
    simEndedUs,
    averageKvBlocks: simEndedUs > 0 ? sum((replica) => replica.kvIntegral) / simEndedUs : 0,
    peakKvBlocks: sum((replica) => replica.peakKv),
    throughputToArrivalRatio: options.ratePerS > 0 ? perSecond / (perUs * 1e6) : 0,
    steps: sum((replica) => replica.steps),
    preemptionHappened: replicas.some((replica) => replica.preemptionHappened),
    waiting: sum((replica) => replica.waiting.length),
  }
}
