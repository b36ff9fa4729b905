// What the fields of a model on devices name: the model, the device, the engine, and how they are divided.
import {
  builtInModel,
  type CompiledStep,
  compileStep,
  type DtypeOptions,
  findModel,
  type MemoryUse,
  type ModelConfig,
  memoryUse,
  type Parallelism,
  parseConfig,
  readModel,
  type StepOptions,
} from '@flowsim/model-graph'
import { findHardware, readHardware } from '@flowsim/perf-model/hardware'
import { type Deployment, ServingError, type StepTimeContext } from '@flowsim/serving-sim'
import type { HardwareSpec } from '@flowsim/trace-schema'
import { checkBlocks, schemesByPart, weightOnlyParts } from './engine-limits.js'
import { findEngine } from './engines/catalogue.js'
import { type EngineFacts, readEngineFacts } from './engines/engine-facts.js'
import { engineRules } from './engines/engine-rules.js'
import { listFacts } from './engines/list-facts.js'
import { type ExpertPlan, planExperts, redundantExperts } from './experts/plan-experts.js'
import { roomBytes } from './kv-room.js'
import type { ModelFields } from './model-fields.js'
import { kvDtype, precisionText, schemesOf } from './precision.js'
import { placed } from './serving-errors.js'
import { stepWork } from './step-work.js'

/** A model on its devices, before its steps have times. */
export interface ModelParts {
  model: ModelConfig
  hardware: HardwareSpec
  engine: EngineFacts
  parallelism: Parallelism
  dtypes: DtypeOptions
  /** Parts that run as weight-only because the device has no units for what the checkpoint says. */
  weightOnly: ReturnType<typeof weightOnlyParts>
  experts: ExpertPlan
  step: CompiledStep
  memory: MemoryUse
}

/** Finds and reads all that the fields name. @throws ServingError at the field at fault */
export function modelParts(config: ModelFields, { at, readText }: StepTimeContext): ModelParts {
  const { moeTensorParallel } = config
  const model = placed(at('model'), () => loadModel(config, readText))
  const hardware = placed(at('hardware'), () => loadHardware(config.hardware, readText))
  const parallelism: Parallelism = {
    redundantExperts: redundantExperts(model, config),
    tensor: config.tensorParallel ?? 1,
    pipeline: config.pipelineParallel ?? 1,
    context: config.contextParallel ?? 1,
    expert: config.expertParallel ?? 1,
    data: config.dataParallel ?? 1,
    ...(moeTensorParallel === undefined ? {} : { moeTensor: moeTensorParallel }),
  }
  const engine = loadEngine(config, { at, readText })
  const stated =
    config.precision === undefined ? undefined : schemesOf(config.precision, at('precision'))
  const schemes = schemesByPart(model, stated)
  const weightOnly = placed(at(config.precision === undefined ? 'hardware' : 'precision'), () =>
    weightOnlyParts(schemes, hardware, engine),
  )
  const isChanged = Object.keys(weightOnly).length > 0
  const weights = isChanged ? { ...schemes, ...weightOnly } : stated
  const dtypes: DtypeOptions = {
    ...(weights === undefined ? {} : { weights }),
    ...(config.kvPrecision === undefined
      ? {}
      : { kv: kvDtype(config.kvPrecision, at('kvPrecision')) }),
  }
  const experts = planExperts(config, { model, hardware, parallelism }, { at, readText })
  const step = placed(at(), () => compileStep(model, stepOptions({ parallelism, dtypes, experts })))
  placed(at(), () => checkBlocks(model, { ...schemes, ...weightOnly }, step.layout))
  const memory = placed(at(), () => memoryUse(model, { parallelism, dtypes }))
  return { model, hardware, engine, parallelism, dtypes, weightOnly, experts, step, memory }
}

/** What to build of a step, its experts as measured ones: they know balanced loads and power laws. */
export function stepOptions({
  parallelism,
  dtypes,
  experts: { load, skew },
}: Pick<ModelParts, 'parallelism' | 'dtypes' | 'experts'>): StepOptions {
  const { distribution } = load
  return {
    parallelism,
    dtypes,
    ...(distribution === undefined ? { expertSkew: skew } : { distribution }),
  }
}

/** Whether a model has layers with experts. */
export function hasExperts({ layerKinds }: ModelConfig): boolean {
  return layerKinds.some(({ ffn }) => ffn.type === 'moe')
}

/** What knows the times of a model's steps. */
interface Timed extends Pick<Deployment, 'stepTime'> {
  drafters?: Deployment['drafters']
  adapters?: Deployment['adapters']
  vision: Deployment['vision']
  warnings: NonNullable<Deployment['warnings']>
}

/** The deployment of a model whose steps have times. */
export function deploymentOf(
  config: ModelFields,
  { model, hardware, engine, weightOnly, experts, step, memory }: ModelParts,
  { stepTime, drafters = null, adapters = null, vision, warnings }: Timed,
  at: StepTimeContext['at'],
): Deployment {
  const { dataParallel = 1, pipelineParallel = 1, tensorParallel = 1 } = config
  const { alone, parallel } = engine.memory.runtimeBytes
  const load = {
    memory,
    hardware,
    runtimeBytes: step.layout.devices > 1 ? parallel : alone,
    logitBytes: engine.memory.logitBytes,
  }
  return {
    stepTime,
    devices: step.layout.devices,
    replicas: dataParallel,
    pipelineStages: pipelineParallel,
    engine: engineRules(engine),
    memory: {
      weightBytes: memory.weightBytes,
      sequenceBytes: memory.sequenceBytes,
      stateBytes: memory.stateBytesPerSequence,
      roomBytes: (room) => placed(at(), () => roomBytes(load, room)),
    },
    drafters,
    adapters,
    vision,
    device: {
      hardware: hardware.name,
      powerW: hardware.device.powerW ?? null,
      work: stepWork({ step, hardware, replicas: dataParallel, stages: pipelineParallel }),
    },
    maxModelLen: model.maxPositions,
    precision: precisionText(config.precision),
    tensorParallel,
    adapterBytesPerS: adaptersOf(hardware),
    // What the host adds beside the device, not only where it launches kernel by kernel.
    includesHost: stepTime.hostNs !== undefined,
    warnings,
    assumptions: [
      ...listFacts(engine, { model, devices: step.layout.devices }),
      ...experts.assumptions,
      ...Object.entries(weightOnly).map(([part, scheme]) => ({
        name: `precision of ${part}`,
        value: scheme,
        source: `${hardware.name} has no units for the checkpoint's; ${engine.sources['precision.weightOnly']}`,
      })),
    ],
  }
}

/** Bytes per second of a device's adapters, or of its share of its host's; null: not described. */
function adaptersOf({ system: { network } }: HardwareSpec): number | null {
  if (network === undefined) return null
  return network.adaptersPerDevice * network.bandwidthPerDirectionBytesPerS
}

/** A built-in model, a `config.json`, or what lies in a folder or is kept of a repository of a hub. */
export function loadModel(
  { model: name, generic = false }: Pick<ModelFields, 'model' | 'generic'>,
  readText: StepTimeContext['readText'],
): ModelConfig {
  if (isFile(name)) {
    return readModel(parseConfig(readText(name), { source: name }), { source: name, generic })
  }
  const known = builtInModel(name)
  if (known !== undefined || !name.includes('/')) return known ?? findModel(name)
  const config = optionalJson(`${name}/config.json`, readText)
  // Nothing lies or is kept there: its quantisation may still be that of its name.
  if (config === undefined) return findModel(name)
  const quantization = optionalJson(`${name}/hf_quant_config.json`, readText)
  return readModel(config, {
    source: name,
    name,
    generic,
    ...(quantization === undefined ? {} : { quantization }),
  })
}

/** A file that need not be there. */
function optionalJson(source: string, readText: StepTimeContext['readText']): unknown {
  let text: string
  try {
    text = readText(source)
  } catch {
    return undefined
  }
  return parseConfig(text, { source })
}

/** A device of the catalogue, or of a description file. */
export function loadHardware(name: string, readText: StepTimeContext['readText']): HardwareSpec {
  return isFile(name) ? readHardware(parseJson(readText(name), name), name) : findHardware(name)
}

/** The facts of the engine that the fields name, or those of the file that they give. @throws ServingError at the field */
export function loadEngine(
  {
    kernels = 'vllm',
    engineVersion,
    engineFacts,
  }: Pick<ModelFields, 'kernels' | 'engineVersion' | 'engineFacts'>,
  { at, readText }: Pick<StepTimeContext, 'at' | 'readText'>,
): EngineFacts {
  if (engineFacts === undefined) {
    return placed(at('engineVersion'), () => findEngine(kernels, engineVersion))
  }
  return placed(at('engineFacts'), () =>
    readEngineFacts(parseJson(readText(engineFacts), engineFacts), { source: engineFacts }),
  )
}

const isFile = (name: string) => /\.json$/i.test(name)

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ServingError('invalid_config', `${file} is not JSON: ${(error as Error).message}`)
  }
}
