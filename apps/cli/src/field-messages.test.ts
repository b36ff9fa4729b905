// What is said of a document from outside with a field that is missing, of a wrong type, out of range or unknown: one
// line of ours, never the words of the schema library.
import { readFileSync } from 'node:fs'
import { parseProfile } from '@flowsim/calibration'
import { accelSimPlanSchema } from '@flowsim/external'
import { readRules } from '@flowsim/kernel-db'
import { readModel } from '@flowsim/model-graph'
import { findHardware, readHardware, validateHardware } from '@flowsim/perf-model/hardware'
import { PRICES, readPrices } from '@flowsim/planner'
import { parseScenarios } from '@flowsim/replay'
import { prepareComparison, prepareServing, readTrace } from '@flowsim/serving-sim'
import { readEngineFacts } from '@flowsim/step-time'
import { readTaskRequest } from '@flowsim/task-api'
import { callFault, FlowsimError, OP_NAMES, OPERATIONS } from '@flowsim/trace-schema'
import { readDocument, schemaFaultText } from '@flowsim/trace-schema/zod'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { CliError } from './program/errors.js'
import { faultyDocuments } from './testing/changed-value.js'
import { comparison, modelConfig, reader, scenarios, serving, task } from './testing/documents.js'

/** How zod words faults, and what JavaScript makes of values that have no words. */
const RAW =
  /\b(?:Invalid|expected \w+, received|received (?:undefined|null|\w+$)|Too (?:small|big)|Unrecognized|nonoptional|undefined|NaN)\b|\[object |must match|has none of the forms|ZodError/

const json = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'))
const source = 'a.json'

const workload = {
  schema: 'flowsim.serving-workload/1',
  name: 'w',
  requests: [{ id: 'a', arrivalNs: 0, inputTokens: 1, outputTokens: 2 }],
}
const plan = {
  schema: 'flowsim.accel-sim-plan/1',
  trace: 't',
  chosen: [],
  leftOut: [],
  timeShare: 0.5,
  warpInstructions: null,
  kinds: 1,
}
const event = {
  schema: 'flowsim.kernel-event/1',
  name: 'k',
  kind: 'kernel',
  startNs: 1,
  durationNs: 2,
  device: 0,
  stream: 7,
  tensors: [{ shape: [1], dtype: 'bf16' }],
  shapesFrom: 'profiler',
}

const read: Record<string, [document: object, reader: (value: unknown) => unknown]> = {
  'a serving configuration': [serving, (value) => prepareServing(stringify(value), reader)],
  'a comparison': [comparison, (value) => prepareComparison(stringify(value), reader)],
  scenarios: [scenarios, (value) => parseScenarios(stringify(value), 'a.yaml')],
  'a device': [
    findHardware('h100_sxm'),
    (value) => {
      const problems = validateHardware(value)
      for (const { message } of problems) expect(message).not.toMatch(RAW)
      readHardware(value, source)
    },
  ],
  'a body of a task': [
    task,
    (value) => {
      const body = readTaskRequest(JSON.stringify(value) ?? '')
      if (Array.isArray(body)) throw new CliError('failure', body.map(({ msg }) => msg).join('; '))
    },
  ],
  'kernel rules': [
    json('packages/kernel-db/rules/activation.json'),
    (value) => readRules(value, { source }),
  ],
  'a config.json': [modelConfig, (value) => readModel(value, { source })],
  'a calibration profile': [
    json('packages/calibration/profiles/conv-events.json'),
    (value) => parseProfile(value as object, source),
  ],
  'engine facts': [
    json('packages/step-time/engines/sglang-0.4.json'),
    (value) => readEngineFacts(value, { source }),
  ],
  prices: [
    { schema: 'flowsim.prices/1', prices: PRICES.slice(0, 2) },
    (value) => readPrices(value, { source }),
  ],
  'a plan of external simulations': [
    plan,
    (value) => {
      const { error } = accelSimPlanSchema.safeParse(value)
      if (error !== undefined) throw new CliError('failure', schemaFaultText(error))
    },
  ],
  'a workload': [workload, (value) => readTrace(JSON.stringify(value), { source })],
  'a kernel event': [event, (value) => readDocument('kernel-event', value, source)],
}

for (const op of OP_NAMES)
  read[`${op} of flowsim estimate`] = [
    OPERATIONS[op].example,
    (value) => {
      if (typeof value !== 'object' || value === null) throw new CliError('failure', 'no object')
      const fault = callFault(value as { op: string })
      if (fault !== undefined) throw new CliError('failure', fault.what)
    },
  ]

it.each(Object.entries(read))('%s: every fault is told in plain words', (_, [document, readIt]) => {
  expect(() => readIt(document)).not.toThrow()
  const raw: string[] = []
  let refused = 0
  for (const [what, value] of faultyDocuments(document)) {
    try {
      readIt(value)
    } catch (error) {
      refused++
      const { message } = error as Error
      if (!(error instanceof FlowsimError) || RAW.test(message) || message.includes('\n'))
        raw.push(`${what}: ${message}`)
    }
  }
  expect(raw).toEqual([])
  expect(refused).toBeGreaterThan(3)
})
