// Estimates for the kernels of a trace: by a model here, or by a service.
import {
  estimateKernels,
  type Simulation,
  type SimulationInput,
  simulateRanks,
  simulateTrace,
} from '@flowsim/pipeline'
import type { Estimate, HardwareSpec, KernelTrace } from '@flowsim/trace-schema'
import { loadLatencyModel } from '../../inputs/latency-model.js'
import type { LoadedTrace } from '../../inputs/load-trace.js'
import { CliError } from '../../program/errors.js'
import type { SimulateFlags } from './flags.js'

/** A trace with its estimates and its replay. */
export interface Prediction {
  hardware: HardwareSpec
  model: string
  estimates: (Estimate | null)[]
  simulation: Simulation
}

/** Predicts every kernel of a trace on hardware and replays it. */
export async function predict(
  loaded: LoadedTrace,
  hardware: HardwareSpec,
  flags: SimulateFlags,
): Promise<Prediction> {
  const input = await inputOf(loaded, hardware, flags)
  return { ...input, simulation: simulateTrace(input) }
}

/** Predicts the kernels of the ranks of a job and replays them as one system. */
export async function predictRanks(
  ranks: readonly { rank: number; loaded: LoadedTrace; hardware: HardwareSpec }[],
  flags: SimulateFlags,
): Promise<Prediction[]> {
  const inputs: (Input & { rank: number })[] = []
  for (const { rank, loaded, hardware } of ranks) {
    inputs.push({ rank, ...(await inputOf(loaded, hardware, flags)) })
  }
  return simulateRanks(inputs).map((simulation, i) => ({ ...inputs[i]!, simulation }))
}

type Input = SimulationInput & Omit<Prediction, 'simulation'>

async function inputOf(
  loaded: LoadedTrace,
  hardware: HardwareSpec,
  flags: SimulateFlags,
): Promise<Input> {
  const { trace, operations } = loaded
  return { trace, operations, hardware, ...(await estimatesOf(loaded, hardware, flags)) }
}

/** Refuses a trace that holds nothing to predict. */
export function requireKernels({ source, kernels }: KernelTrace): void {
  if (kernels.length > 0) return
  throw new CliError(
    'failure',
    `${source}: holds no kernels; profile with activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]`,
  )
}

async function estimatesOf(
  { operations, trace }: LoadedTrace,
  hardware: HardwareSpec,
  flags: SimulateFlags,
): Promise<Pick<Prediction, 'estimates' | 'model'>> {
  if (flags.backend === 'http') {
    const { estimatesOverHttp } = await import('./http-backend.js')
    return estimatesOverHttp(trace, operations, hardware, flags)
  }
  const options = { l2: flags.l2, ...(flags.mode === undefined ? {} : { mode: flags.mode }) }
  const model = await loadLatencyModel(flags, hardware)
  const estimates = estimateKernels(operations, hardware, model, options)
  return { estimates, model: flags.model }
}
