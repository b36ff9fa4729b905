// Estimates for the kernels of a trace: by a model here, or by a service.

import { withoutKernels } from '@flowsim/parser'
import {
  type KernelPrediction,
  predictKernels,
  type Simulation,
  type SimulationInput,
  scaledFrom,
  simulateRanks,
  simulateTrace,
} from '@flowsim/pipeline'
import type { HardwareSpec, KernelTrace } from '@flowsim/trace-schema'
import { counted } from '@flowsim/trace-schema'
import { loadLatencyModel } from '../../inputs/latency-model.js'
import type { LoadedTrace } from '../../inputs/load-trace.js'
import { stage } from '../../program/progress.js'
import type { SimulateFlags } from './flags.js'

/** A trace with its estimates and its replay. */
export interface Prediction {
  hardware: HardwareSpec
  model: string
  kernels: KernelPrediction
  simulation: Simulation
}

/** Predicts every kernel of a trace on hardware and replays it. */
export async function predict(
  loaded: LoadedTrace,
  hardware: HardwareSpec,
  flags: SimulateFlags,
): Promise<Prediction> {
  const input = await inputOf(loaded, hardware, flags)
  return predictionOf(input, simulateTrace(input))
}

/** Predicts the kernels of the ranks of a job and replays them as one system. */
export async function predictRanks(
  ranks: readonly { rank: number; loaded: LoadedTrace; hardware: HardwareSpec }[],
  flags: SimulateFlags,
): Promise<Prediction[]> {
  const inputs: (SimulationInput & { rank: number })[] = []
  for (const { rank, loaded, hardware } of ranks) {
    inputs.push({ rank, ...(await inputOf(loaded, hardware, flags)) })
  }
  return simulateRanks(inputs).map((simulation, i) => predictionOf(inputs[i]!, simulation))
}

function predictionOf(
  { hardware, model, prediction }: SimulationInput,
  simulation: Simulation,
): Prediction {
  return { hardware, model, kernels: prediction, simulation }
}

/** Refuses a trace that holds nothing to predict. */
export function requireKernels(trace: KernelTrace): void {
  if (trace.kernels.length === 0) throw withoutKernels(trace)
}

async function inputOf(
  { operations, trace }: LoadedTrace,
  hardware: HardwareSpec,
  flags: SimulateFlags,
): Promise<SimulationInput> {
  const of = { trace, operations, hardware }
  stage(`predicting ${counted(trace.kernels.length, 'kernel')} on ${hardware.name}`)
  if (flags.backend === 'http') {
    const { estimatesOverHttp } = await import('./http-backend.js')
    const ask = (spec: HardwareSpec) => estimatesOverHttp(trace, operations, spec, flags)
    const { estimates: there, model } = await ask(hardware)
    const device = flags.absolute ? undefined : scaledFrom(trace, hardware)
    const here = device && (await ask(device)).estimates
    return {
      ...of,
      model,
      prediction: predictKernels(trace, operations, hardware, { there, here }),
    }
  }
  const model = await loadLatencyModel(flags, hardware)
  const prediction = predictKernels(trace, operations, hardware, model, {
    l2: flags.l2,
    ...(flags.mode === undefined ? {} : { mode: flags.mode }),
    absolute: flags.absolute ?? false,
  })
  return { ...of, model: flags.model, prediction }
}
