// Traces of a run that never was: a model, a device and a batch, as the flags say.
import { getModel } from '@flowsim/calibration'
import { buildGeneration, type GraphOp, sliceModel, synthesizeTraces } from '@flowsim/model-graph'
import { PerfModelError, roofline } from '@flowsim/perf-model'
import { type HardwareSpec, type KernelTrace, memoryLevel } from '@flowsim/trace-schema'
import { CliError } from '../program/errors.js'
import type { GenerationFlags } from '../program/generation-options.js'
import { loadHardware } from './hardware.js'
import { loadModel } from './language-model.js'
import { schemeOf } from './quantization.js'

/** What was made up, one trace a rank; of a pipeline its first stage. */
export interface Generated {
  model: string
  hardware: string
  traces: KernelTrace[]
}

/** @param source - name of the traces */
export async function generateTraces(
  name: string,
  flags: GenerationFlags & { cudaGraphs?: true },
  source: string,
): Promise<Generated> {
  const hardware = await loadHardware(flags.hardware)
  const whole = await loadModel(name, flags)
  const model = flags.layers === undefined ? whole : sliceModel(whole, flags.layers)
  const steps = buildGeneration(model, {
    promptTokens: flags.isl,
    outputTokens: flags.osl,
    sequences: flags.batch,
    parallelism: { tensor: flags.tp, pipeline: flags.pp, data: flags.dp, expert: flags.ep },
    ...(flags.pp > 1 ? { stage: 0 } : {}),
    ...(flags.quantization === undefined
      ? {}
      : { dtypes: { weights: schemeOf(flags.quantization) } }),
  })
  const traces = synthesizeTraces(steps, {
    timeOf: timesOn(hardware, flags.latencyModel),
    device: device(hardware),
    jitter: number('--jitter', flags.jitter),
    seed: number('--seed', flags.seed),
    graphs: flags.cudaGraphs ?? false,
    source,
  })
  return { model: model.name, hardware: hardware.name, traces }
}

function number(flag: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value
  throw new CliError('usage', `${flag} ${text}: is not a number of 0 or more`)
}

/** Seconds of an operation by the model, by the roofline where that has no answer. */
function timesOn(hardware: HardwareSpec, name: string): (op: GraphOp) => number {
  const model = getModel(name)
  return ({ call }) => {
    try {
      return model.estimate(call, hardware).latencyS
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
      return roofline.estimate(call, hardware).latencyS
    }
  }
}

function device(hardware: HardwareSpec) {
  const memoryBytes = memoryLevel(hardware, 'dram')?.capacityBytes
  return {
    name: hardware.aliases[0] ?? hardware.title,
    computeUnits: hardware.device.computeUnits,
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(hardware.computeCapability === undefined
      ? {}
      : { computeCapability: hardware.computeCapability }),
  }
}
