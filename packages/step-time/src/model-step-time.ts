// Models of the catalogue as step times of a serving simulator: `stepTime: { type: model }`.
//
// The operations of a step come from model-graph, their times from a latency model of perf-model, and
// what is left of the device's memory beside the weights is KV cache.

import { getModel } from '@flowsim/calibration'
import {
  type CompiledStep,
  compileStep,
  type DtypeOptions,
  findModel,
  type MemoryUse,
  type ModelConfig,
  memoryUse,
  type Parallelism,
  readModel,
  SCHEME_NAMES,
  type SchemeName,
} from '@flowsim/model-graph'
import type { LatencyModel } from '@flowsim/perf-model'
import { findHardware, readHardware } from '@flowsim/perf-model/hardware'
import {
  type Deployment,
  defineStepTime,
  type KvRoom,
  ServingError,
  type SourcePlace,
  type StepTimeContext,
  type StepTimeKind,
} from '@flowsim/serving-sim'
import { type Dtype, type HardwareSpec, memoryLevel } from '@flowsim/trace-schema'
import { z } from 'zod'
import { ENGINES, EngineKernelTimes } from './engine-kernels.js'
import { GraphStepTime } from './graph-step-time.js'
import { placed } from './serving-errors.js'

const positive = z.int().positive()

/** Kinds of layers that checkpoints quantise together. */
const WEIGHT_PARTS = ['attention', 'mlp', 'shared', 'experts', 'head'] as const

const fields = {
  /** Name in the catalogue of models, or path of a `config.json`. */
  model: z.string(),
  /** Name in the catalogue of devices, or path of a description. */
  hardware: z.string(),
  /** Default `calibrated`. */
  latencyModel: z.string().optional(),
  /**
   * How weights are stored and multiplied: bf16, fp8, fp8_block, fp4, …, for all linear layers or for
   * each kind of them. Left out, as in the checkpoint.
   */
  precision: z.union([z.string(), z.partialRecord(z.enum(WEIGHT_PARTS), z.string())]).optional(),
  kvPrecision: z.string().optional(),
  tensorParallel: positive.optional(),
  pipelineParallel: positive.optional(),
  contextParallel: positive.optional(),
  expertParallel: positive.optional(),
  /** Replicas of the attention, each with a batch of its own, that share the experts. */
  dataParallel: positive.optional(),
  /** Devices that divide the width of an expert; what is left of the stage if absent. */
  moeTensorParallel: positive.optional(),
  /** Engine whose choice of kernels holds. Default vllm. */
  kernels: z.enum(['vllm', 'sglang', 'trtllm']).optional(),
  /** Microseconds in which the host launches an operation outside of CUDA graphs. */
  hostOpUs: z.number().nonnegative().optional(),
  /** Load of the experts: balanced, or power_law_1.2. */
  expertLoad: z.string().optional(),
  /** Devices that the fast links join, where they are more than a board has: 72 in an NVL72. */
  devicesPerNode: positive.optional(),
}

/** The section `stepTime` of type `model`. */
export type ModelStepTime = z.infer<z.ZodObject<typeof fields>>

/**
 * Memory that an engine takes on a device besides weights, activations and KV cache: NCCL, CUDA context,
 * graphs. inference-sim's figures for vLLM: 0.15 GiB alone, 0.6 GiB with tensor parallelism.
 */
const RUNTIME_BYTES = { alone: 0.15 * 2 ** 30, parallel: 0.6 * 2 ** 30 }

/** Where latency models come from besides those of `@flowsim/calibration`. */
export interface ModelStepTimeOptions {
  /** By name. */
  latencyModels?: Readonly<Record<string, LatencyModel>>
}

/**
 * Step times of models of the catalogue, or of a `config.json`, on devices of the catalogue, or of a file.
 * Refuses with `impossible_parallelism`, `model_does_not_fit` or `invalid_config`, at the field.
 */
export function modelStepTime(options: ModelStepTimeOptions = {}): StepTimeKind {
  return defineStepTime({
    type: 'model',
    fields,
    deploy: (config, context) => deploy(config, context, options),
  })
}

function deploy(
  config: ModelStepTime,
  { at, readText }: StepTimeContext,
  options: ModelStepTimeOptions,
): Deployment {
  const { tensorParallel = 1, pipelineParallel = 1, contextParallel = 1 } = config
  const { expertParallel = 1, dataParallel = 1, moeTensorParallel } = config
  const model = placed(at('model'), () => loadModel(config.model, readText))
  const hardware = placed(at('hardware'), () => loadHardware(config.hardware, readText))
  const name = config.latencyModel ?? 'calibrated'
  const latency = placed(at('latencyModel'), () => options.latencyModels?.[name] ?? getModel(name))
  const parallelism: Parallelism = {
    tensor: tensorParallel,
    pipeline: pipelineParallel,
    context: contextParallel,
    expert: expertParallel,
    data: dataParallel,
    ...(moeTensorParallel === undefined ? {} : { moeTensor: moeTensorParallel }),
  }
  const dtypes: DtypeOptions = {
    ...(config.precision === undefined
      ? {}
      : { weights: schemesOf(config.precision, at('precision')) }),
    ...(config.kvPrecision === undefined
      ? {}
      : { kv: kvDtype(config.kvPrecision, at('kvPrecision')) }),
  }
  const step = placed(at(), () =>
    compileStep(model, {
      parallelism,
      dtypes,
      ...(config.expertLoad === undefined ? {} : { distribution: config.expertLoad }),
    }),
  )
  const memory = placed(at(), () => memoryUse(model, { parallelism, dtypes }))
  const engine = config.kernels ?? 'vllm'
  const { graphTokens, requestOverheadMs } = ENGINES[engine]
  const hostOpUs = config.hostOpUs ?? ENGINES[engine].hostOpUs
  const stepTime = new GraphStepTime({
    name: `${model.name} on ${hardware.name}, ${latency.name}`,
    step,
    kernels: new EngineKernelTimes(latency, hardware, engine, config.devicesPerNode),
    replicas: dataParallel,
    hostOpUs,
    graphTokens,
  })
  return {
    stepTime,
    devices: step.layout.devices,
    replicas: dataParallel,
    pipelineStages: pipelineParallel,
    engine: {
      name: engine,
      decodeGraphs: { upTo: Number.POSITIVE_INFINITY },
      prefillGraphs: { upTo: graphTokens },
      padsToGraph: false,
      asyncScheduling: false,
      reservation: 'as-needed',
      arrivalNs: () => requestOverheadMs * 1e6,
    },
    memory: {
      sequenceBytes: memory.sequenceBytes,
      stateBytes: memory.stateBytesPerSequence,
      roomBytes: (room) => placed(at(), () => roomBytes(memory, hardware, step, room)),
    },
    maxModelLen: model.maxPositions,
    precision: precisionText(config.precision),
    tensorParallel,
    includesHost: true,
    assumptions: [
      { name: 'hostOpUs', value: hostOpUs, source: `${engine}: docs/serving.md` },
      { name: 'requestOverheadMs', value: requestOverheadMs, source: `${engine}: docs/serving.md` },
    ],
  }
}

/** Bytes for the sequences of one replica. */
function roomBytes(
  memory: MemoryUse,
  hardware: HardwareSpec,
  { layout }: CompiledStep,
  { memoryUtilization, batchTokens, sequences }: KvRoom,
): number {
  const capacityBytes = memoryLevel(hardware, 'dram')?.capacityBytes
  if (capacityBytes === undefined) {
    throw new ServingError(
      'invalid_config',
      `${hardware.name} lists no capacity of its memory; give kv.blocks`,
    )
  }
  const runtime = layout.devices > 1 ? RUNTIME_BYTES.parallel : RUNTIME_BYTES.alone
  const reserved = runtime + memory.activationBytes(batchTokens, Math.min(batchTokens, sequences))
  const usable = capacityBytes * memoryUtilization
  const room = usable - memory.weightBytes - reserved
  if (room > 0) return room
  throw new ServingError(
    'model_does_not_fit',
    `${gib(usable)} hold weights of ${gib(memory.weightBytes)} and ${gib(reserved)} reserved, but no ` +
      'KV cache; use more devices or smaller types',
  )
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`

function loadModel(name: string, readText: StepTimeContext['readText']): ModelConfig {
  return isFile(name)
    ? readModel(parseJson(readText(name), name), { source: name })
    : findModel(name)
}

function loadHardware(name: string, readText: StepTimeContext['readText']): HardwareSpec {
  return isFile(name) ? readHardware(parseJson(readText(name), name), name) : findHardware(name)
}

const isFile = (name: string) => /\.json$/i.test(name)

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ServingError('invalid_config', `${file} is not JSON: ${(error as Error).message}`)
  }
}

/** A precision as one text, parts in the order of their names; null: as in the checkpoint. */
function precisionText(precision: ModelStepTime['precision']): string | null {
  if (precision === undefined || typeof precision === 'string') return precision ?? null
  const parts = Object.entries(precision).sort(([a], [b]) => (a < b ? -1 : 1))
  return parts.map(([part, scheme]) => `${part} ${scheme}`).join(', ')
}

function schemesOf(
  precision: NonNullable<ModelStepTime['precision']>,
  place: SourcePlace,
): NonNullable<DtypeOptions['weights']> {
  if (typeof precision === 'string') return schemeOf(precision, place)
  return Object.fromEntries(
    Object.entries(precision).map(([part, name]) => [part, schemeOf(name, place)]),
  )
}

/** `fp4` as devices with FP4 units run it, and the names of schemes with dashes. */
function schemeOf(precision: string, place: SourcePlace): SchemeName {
  const name = precision.toLowerCase().replaceAll('-', '_')
  const scheme = name === 'fp4' ? 'nvfp4' : name
  if ((SCHEME_NAMES as readonly string[]).includes(scheme)) return scheme as SchemeName
  throw new ServingError(
    'invalid_config',
    `precision "${precision}" is none of ${SCHEME_NAMES.join(', ')}`,
    place,
  )
}

const KV_DTYPES: Readonly<Record<string, Dtype>> = {
  fp8: 'fp8_e4m3',
  fp8_e4m3: 'fp8_e4m3',
  fp8_e5m2: 'fp8_e5m2',
  bf16: 'bf16',
  fp16: 'fp16',
  int8: 'int8',
}

function kvDtype(precision: string, place: SourcePlace): Dtype {
  const dtype = Object.hasOwn(KV_DTYPES, precision) ? KV_DTYPES[precision] : undefined
  if (dtype !== undefined) return dtype
  throw new ServingError(
    'invalid_config',
    `kvPrecision "${precision}" is none of ${Object.keys(KV_DTYPES).join(', ')}`,
    place,
  )
}
