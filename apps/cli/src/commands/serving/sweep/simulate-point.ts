// One point of a sweep: a configuration with some fields set to other values.
import {
  type PrepareOptions,
  parseYaml,
  prepareConfig,
  ServingError,
  servingSchema,
  validate,
  type YamlSource,
} from '@flowsim/serving-sim'
import type { ServingReport } from '@flowsim/trace-schema'
import { optionsBeside } from '../../../inputs/serving-config.js'

/** A field of the configuration, dots between its parts, and its value. */
export type PointValues = Readonly<Record<string, unknown>>

/** A simulation to do; it can be sent to a thread. */
export interface Point {
  config: string
  text: string
  values: PointValues
}

/** What became of it. */
export interface PointResult {
  report: ServingReport
  devices: number | null
  warnings: string[]
}

/** Its result, or why it cannot be. */
export type Outcome = { result: PointResult } | { error: string }

/** Simulates a point. A configuration that cannot be is an outcome, for the other points can. */
export function simulatePoint({ config, text, values }: Point): Outcome {
  try {
    const { run, devices } = preparePoint({ config, text, values }, optionsOf(config))
    const { report, warnings } = run()
    return { result: { report, devices, warnings } }
  } catch (error) {
    if (error instanceof ServingError) return { error: error.message }
    throw error
  }
}

/** Reads and checks a point; nothing runs yet. */
export function preparePoint({ config, text, values }: Point, options: PrepareOptions) {
  const source = parseYaml(text, config)
  const changed: YamlSource = { ...source, value: withValues(source.value, values) }
  return prepareConfig(validate(servingSchema, changed), changed, options)
}

// Models and profiles are read once for all points of a thread.
const options = new Map<string, PrepareOptions>()

function optionsOf(config: string): PrepareOptions {
  let known = options.get(config)
  if (known === undefined) {
    known = optionsBeside(config)
    options.set(config, known)
  }
  return known
}

/** A copy of a document with fields set; sections that are not there are made. */
function withValues(document: unknown, values: PointValues): unknown {
  const copy = structuredClone(document)
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split('.')
    let at = copy as Record<string, unknown>
    for (const key of keys.slice(0, -1)) {
      if (at[key] === undefined) at[key] = {}
      const below = at[key]
      if (typeof below !== 'object' || below === null) {
        throw new ServingError('invalid_config', `${path}: ${key} is a value, not a section`)
      }
      at = below as Record<string, unknown>
    }
    at[keys.at(-1)!] = value
  }
  return copy
}
