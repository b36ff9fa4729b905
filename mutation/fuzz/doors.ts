// The doors that the guided fuzzing knocks at: inputs that are right, and what reads them.
import { readFileSync } from 'node:fs'
import { stringify } from 'yaml'
import {
  modelConfig,
  operations,
  reader,
  scenarios,
  serving,
  task,
  workloads,
} from '../../apps/cli/src/testing/documents.js'
import { calibrated, parseProfile } from '../../packages/calibration/src/index.js'
import { readRules } from '../../packages/kernel-db/src/index.js'
import { compileStep, parseConfig, readModel } from '../../packages/model-graph/src/index.js'
import { parseTrace } from '../../packages/parser/src/index.js'
import { FORMAT_SAMPLES } from '../../packages/parser/src/testing/format-samples.js'
import { findHardware, readHardware } from '../../packages/perf-model/src/hardware.js'
import { parseScenarios } from '../../packages/replay/src/index.js'
import { prepareServing, readTrace } from '../../packages/serving-sim/src/index.js'
import { readTaskRequest } from '../../packages/task-api/src/index.js'
import { callFault, FlowsimError, type OpCall } from '../../packages/trace-schema/src/index.js'

/** Where something from outside comes in. */
interface Door {
  seeds: Uint8Array[]
  read: (bytes: Uint8Array) => unknown
}

const bytes = (text: string) => new TextEncoder().encode(text)
const decoder = new TextDecoder()
const json = (value: unknown) => bytes(JSON.stringify(value))

/** A door that takes text. */
function texts(seeds: readonly string[], read: (text: string) => unknown): Door {
  return { seeds: seeds.map(bytes), read: (input) => read(decoder.decode(input)) }
}

/** A door that takes what JSON.parse makes of a text; text that is no JSON is another's to refuse. */
function values(seeds: readonly unknown[], read: (value: unknown) => unknown): Door {
  return {
    seeds: seeds.map(json),
    read: (input) => {
      let value: unknown
      try {
        value = JSON.parse(decoder.decode(input))
      } catch {
        return
      }
      return read(value)
    },
  }
}

/** A document of the repository, in whose root the fuzzing runs. */
const file = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

const hardware = findHardware('h100_sxm')

export const doors: Record<string, Door> = {
  traces: {
    seeds: Object.values(FORMAT_SAMPLES),
    read: (input) => parseTrace([input], { source: 'trace', salvage: true }),
  },
  serving: texts([stringify(serving)], (text) => prepareServing(text, reader)),
  scenarios: texts([stringify(scenarios)], parseScenarios),
  workloads: texts(workloads, (text) => readTrace(text, { source: 'x' })),
  hardware: values([hardware], (value) => readHardware(value, 'x.json')),
  rules: values(
    ['activation', 'attention'].map((name) => file(`packages/kernel-db/rules/${name}.json`)),
    (value) => readRules(value, { source: 'x.json' }),
  ),
  profile: values([file('packages/calibration/profiles/conv-events.json')], (value) =>
    parseProfile(value, 'x.json'),
  ),
  config: texts([JSON.stringify(modelConfig)], (text) =>
    compileStep(readModel(parseConfig(text, { source: 'x' }), { source: 'x' }), {}),
  ),
  tasks: texts([JSON.stringify(task)], readTaskRequest),
  operations: values(operations, (value) => {
    if (typeof value !== 'object' || value === null) return
    if (callFault(value as { op: string }) === undefined)
      calibrated.estimate(value as OpCall, hardware)
  }),
}

/** Whether an error says something to users, in a line. */
export function isOurs(error: unknown): boolean {
  return error instanceof FlowsimError && !/[\n\r]/.test(error.message)
}
