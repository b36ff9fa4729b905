// The work of `flowsim synth`.
import { basename, dirname, resolve } from 'node:path'
import { getModel } from '@flowsim/calibration'
import {
  buildGeneration,
  type GraphOp,
  type ModelConfig,
  sliceModel,
  synthesizeTraces,
} from '@flowsim/model-graph'
import { kinetoLines } from '@flowsim/parser'
import { PerfModelError, roofline } from '@flowsim/perf-model'
import { type HardwareSpec, memoryLevel } from '@flowsim/trace-schema'
import { loadHardware } from '../../inputs/hardware.js'
import { loadModel } from '../../inputs/language-model.js'
import { schemeOf } from '../../inputs/quantization.js'
import { CliError } from '../../program/errors.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import type { SynthFlags } from './flags.js'

export async function synth(flags: SynthFlags): Promise<void> {
  const hardware = await loadHardware(flags.hardware)
  const model = sliced(await loadModel(flags.model, flags), flags.layers)
  const steps = buildGeneration(model, {
    promptTokens: flags.promptTokens,
    outputTokens: flags.outputTokens,
    sequences: flags.batch,
    parallelism: { tensor: flags.tp, pipeline: flags.pp, data: flags.dp, expert: flags.ep },
    ...(flags.pp > 1 ? { stage: 0 } : {}),
    ...(flags.quantization === undefined
      ? {}
      : { dtypes: { weights: schemeOf(flags.quantization) } }),
  })
  const traces = synthesizeTraces(steps, {
    timeOf: timesOn(hardware, flags.latency),
    device: device(hardware),
    jitter: number('--jitter', flags.jitter),
    seed: number('--seed', flags.seed),
    graphs: flags.cudaGraphs ?? false,
    source: basename(flags.output),
  })
  const wanted = traces.filter(({ rank }) => flags.rank === 'all' || String(rank) === flags.rank)
  if (wanted.length === 0) {
    throw new CliError('usage', `--rank ${flags.rank}: there are ranks 0 to ${traces.length - 1}`)
  }
  const outputs = await Outputs.into(dirname(resolve(flags.output)))
  try {
    for (const trace of wanted) {
      const name = basename(flags.output)
      const ranked = name.replace(/(\.json(?:\.gz)?)$/, `-rank-${trace.rank}$1`)
      await outputs.add(wanted.length === 1 ? name : ranked, kinetoLines(trace))
    }
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  const kernels = wanted.map((trace) => trace.kernels.length)
  if (flags.json) {
    printJson({ model: model.name, hardware: hardware.name, kernels, outputs: outputs.paths })
    return
  }
  for (const [i, path] of outputs.paths.entries()) print(`${path}: ${kernels[i]} kernels`)
}

function sliced(model: ModelConfig, layers: number | undefined): ModelConfig {
  return layers === undefined ? model : sliceModel(model, layers)
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
