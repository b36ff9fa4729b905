// From a configuration file to a run.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { RunSettings } from '../compare/settings.js'
import type { SimulationResult } from '../core/simulation-result.js'
import { ServingError } from '../errors.js'
import { FLOWSIM } from '../simulators/flowsim/engine.js'
import { SIMULATORS } from '../simulators/index.js'
import { refuseImages } from '../simulators/refuse-images.js'
import type { SloByClass } from '../simulators/simulator.js'
import type { Assumption, Deployment } from '../step-time/deployment.js'
import { linearStepTime } from '../step-time/linear.js'
import type { StepTimeKind } from '../step-time/step-time-kind.js'
import type { BuiltWorkload } from '../workload/workload-kind.js'
import { buildWorkload } from './build-workload.js'
import { parseYaml, type YamlSource } from './parse-yaml.js'
import type { ReadText } from './read-text.js'
import { type ServingConfig, type Slo, servingSchema } from './serving-schema.js'
import { validate } from './validate.js'
import { type FieldValues, withValues } from './with-values.js'

/** Where a configuration comes from, and what it is prepared with. */
export interface PrepareOptions {
  /** Name of the configuration, for errors. */
  source: string
  /** Reads a file that the configuration names. */
  readText: ReadText
  /** Kinds of step times from other packages, such as models of a catalogue. */
  stepTimes?: readonly StepTimeKind[]
  /** Requests to run instead of the section `workload`. */
  requests?: readonly WorkloadRequest[]
  /** Fields that are set to other values than the text gives them. */
  values?: FieldValues
  /** Keep every batch. Default false. */
  recordBatches?: boolean
}

/** A run that is ready to go. */
export interface PreparedRun {
  config: ServingConfig
  requests: readonly WorkloadRequest[]
  /** Devices of the whole deployment; null where the simulator does not know. */
  devices: number | null
  /** What two runs must agree in to be compared. */
  settings: RunSettings
  /** Values that enter the run though the configuration does not state them, with sources. */
  assumptions: readonly Assumption[]
  /** Simulates; may be called again. */
  run(): SimulationResult
}

/**
 * Reads and checks a serving configuration; nothing runs yet, but everything is known to fit.
 * @param text YAML or JSON
 * @throws ServingError with source and line
 */
export function prepareServing(text: string, options: PrepareOptions): PreparedRun {
  const yaml = parseYaml(text, options.source)
  const { values } = options
  return prepareDocument(
    values === undefined ? yaml : { ...yaml, value: withValues(yaml.value, values) },
    options,
  )
}

/** Prepares a document that was read already. */
export function prepareDocument(document: YamlSource, options: PrepareOptions): PreparedRun {
  const { readText, recordBatches = false } = options
  const stepTimes = [
    linearStepTime,
    ...SIMULATORS.flatMap((simulator) => simulator.stepTimes),
    ...(options.stepTimes ?? []),
  ]
  const config = validate(schemaOf(stepTimes), document)
  const workload = workloadOf(config, document, options)
  if (config.engine !== FLOWSIM) {
    refuseImages(workload.requests, config.engine, document.place(['workload']))
  }
  const deployments: Deployment[] = []
  const simulator = SIMULATORS.find(({ name }) => name === config.engine)!
  const ready = simulator.prepare(config, {
    ...workload,
    slo: limitsOf(config.slo),
    recordBatches,
    readText,
    place: (path) => document.place(path),
    deploy(section, path, blockSize) {
      const kind = stepTimes.find(({ type }) => type === section.type)!
      const deployment = kind.deploy(section, {
        readText,
        blockSize,
        at: (field) => document.place(field === undefined ? path : [...path, field]),
      })
      deployments.push(deployment)
      return deployment
    },
  })
  const assumptions = [...(workload.assumptions ?? []), ...ready.assumptions]
  return {
    config,
    requests: workload.requests,
    ...ready,
    assumptions,
    run: () => withWarnings(ready.run(), deployments),
  }
}

/** The result of a run, with what its deployments say of the times of their steps. */
function withWarnings(
  result: SimulationResult,
  deployments: readonly Deployment[],
): SimulationResult {
  const more = new Set(deployments.flatMap(({ warnings }) => warnings?.() ?? []))
  return more.size === 0 ? result : { ...result, warnings: [...result.warnings, ...more] }
}

let latest: { stepTimes: readonly StepTimeKind[]; schema: ServingSchema } | undefined

/** Points of a sweep have the same kinds of step times: their schema is made once. */
function schemaOf(stepTimes: readonly StepTimeKind[]): ServingSchema {
  if (latest === undefined || !sameFields(latest.stepTimes, stepTimes)) {
    latest = { stepTimes, schema: servingSchema(stepTimes) }
  }
  return latest.schema
}

const sameFields = (a: readonly StepTimeKind[], b: readonly StepTimeKind[]) =>
  a.length === b.length && a.every(({ fields }, i) => fields === b[i]!.fields)

type ServingSchema = ReturnType<typeof servingSchema>

function workloadOf(
  config: ServingConfig,
  document: YamlSource,
  { requests, readText }: PrepareOptions,
): BuiltWorkload {
  if (requests !== undefined) {
    if (requests.length === 0) {
      throw new ServingError('empty_workload', 'the workload has no requests', document.place([]))
    }
    return { requests: [...requests], ratePerS: null }
  }
  if (config.workload === undefined) {
    throw new ServingError('invalid_config', 'workload is missing', document.place([]))
  }
  return buildWorkload(config.workload, {
    seed: config.seed,
    horizonNs: config.horizonS === undefined ? Number.POSITIVE_INFINITY : config.horizonS * 1e9,
    readText,
    place: document.place(['workload']),
  })
}

function limitsOf(slo: Slo | undefined): SloByClass | undefined {
  if (slo === undefined) return undefined
  return Object.fromEntries(
    Object.entries(slo).map(([name, { ttftMs, tpotMs, e2eMs }]) => [
      name,
      {
        ...(ttftMs === undefined ? {} : { ttftS: ttftMs / 1000 }),
        ...(tpotMs === undefined ? {} : { tpotS: tpotMs / 1000 }),
        ...(e2eMs === undefined ? {} : { e2eS: e2eMs / 1000 }),
      },
    ]),
  )
}
