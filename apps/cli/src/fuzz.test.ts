// Every door through which something comes in, with documents that were changed at random: what is wrong is
// said in one line by an error of ours, in bounded time, and nothing else happens. The cases are the same in
// every run; FLOWSIM_FUZZ_S gives seconds for each door, to look further. Trace files have such tests in the
// parser.
import { readFileSync } from 'node:fs'
import { calibrated, MODELS, parseProfile } from '@flowsim/calibration'
import { readRules } from '@flowsim/kernel-db'
import { compileStep, parseConfig, readModel } from '@flowsim/model-graph'
import { findHardware, readHardware, validateHardware } from '@flowsim/perf-model/hardware'
import { parseScenarios } from '@flowsim/replay'
import { prepareComparison, prepareServing, readTrace } from '@flowsim/serving-sim'
import { operationOf, readTaskRequest } from '@flowsim/task-api'
import { callFault, FlowsimError, type OpCall } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { main } from './program/main.js'
import { changedText, changedValue } from './testing/changed-value.js'
import {
  comparison,
  modelConfig,
  operations,
  reader,
  scenarios,
  serving,
  task,
  workloads,
} from './testing/documents.js'

const SECONDS = Number(process.env.FLOWSIM_FUZZ_S ?? 0)
const RUNS = 150
/** A document of a few hundred characters is answered within this, on a machine that does other work too. */
const MOST_MS = 5000

/** Lets `read` have each case: it returns, or throws an error that a user can understand. */
function holds<T>(cases: fc.Arbitrary<T>, read: (value: T) => unknown): void {
  const run = (value: T) => {
    const began = performance.now()
    try {
      read(value)
    } catch (error) {
      if (!(error instanceof FlowsimError)) throw error
      expect(error.message).not.toMatch(/[\n\r]/)
      expect(error.message.length).toBeLessThan(2000)
    }
    expect(performance.now() - began).toBeLessThan(MOST_MS)
  }
  const further = SECONDS > 0 ? { numRuns: 1e9, interruptAfterTimeLimit: 1000 * SECONDS } : {}
  fc.assert(fc.property(cases, run), { numRuns: RUNS, ...further })
}

const timeout = { timeout: 600_000 }

it('documents that nothing was changed in are taken', () => {
  expect(() => prepareServing(stringify(serving), reader).run()).not.toThrow()
  expect(() => prepareComparison(stringify(comparison), reader)).not.toThrow()
  expect(() => parseScenarios(stringify(scenarios))).not.toThrow()
})

describe('YAML', () => {
  it('a serving configuration', timeout, () => {
    holds(changedValue([serving]), (value) => prepareServing(stringify(value), reader).run())
  })

  it('a serving configuration, as text', timeout, () => {
    holds(changedText([stringify(serving)]), (text) => prepareServing(text, reader))
  })

  it('a comparison', timeout, () => {
    holds(changedValue([comparison]), (value) => prepareComparison(stringify(value), reader))
  })

  it('scenarios of a what-if', timeout, () => {
    holds(changedValue([scenarios]), (value) => parseScenarios(stringify(value)))
    holds(changedText([stringify(scenarios)]), (text) => parseScenarios(text))
  })
})

describe('workload traces', () => {
  it('are read or refused', timeout, () => {
    holds(changedText(workloads), (text) => readTrace(text, { source: 'x' }))
  })
})

describe('JSON', () => {
  const hardware = findHardware('h100_sxm')

  it('a hardware file', timeout, () => {
    const call: OpCall = { op: 'matmul', m: 64, n: 4096, k: 4096, dtype: 'bf16' }
    holds(changedValue([hardware]), (value) => {
      validateHardware(value)
      const spec = readHardware(value, 'x.json')
      for (const model of Object.values(MODELS))
        expect(model.estimate(call, spec).latencyS).toBeGreaterThan(0)
    })
  })

  it('a file of kernel rules', timeout, () => {
    const folder = new URL('../../../packages/kernel-db/rules/', import.meta.url)
    const files = ['activation', 'attention', 'aten-movement'].map((name) =>
      JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')),
    )
    holds(changedValue(files), (value) => readRules(value, { source: 'x.json' }))
  })

  it('a config.json of a model', timeout, () => {
    holds(changedValue([modelConfig]), (value) => {
      if (value !== undefined) compileStep(readModel(value, { source: 'x' }), {})
    })
    holds(changedText([JSON.stringify(modelConfig)]), (text) => parseConfig(text, { source: 'x' }))
  })

  it('a calibration profile', timeout, () => {
    const folder = new URL('../../../packages/calibration/profiles/', import.meta.url)
    const profile = JSON.parse(readFileSync(new URL('conv-events.json', folder), 'utf8'))
    holds(changedValue([profile]), (value) => parseProfile(value, 'x.json'))
  })

  it('a task', timeout, () => {
    holds(changedValue([task]), (value) => {
      const request = readTaskRequest(JSON.stringify(value) ?? '')
      if (Array.isArray(request)) return
      operationOf(request.op ?? '', request.input_dim, 'bf16', 8)
    })
    holds(changedText([JSON.stringify(task)]), (text) => readTaskRequest(text))
  })

  it('an operation', timeout, () => {
    holds(changedValue(operations), (value) => {
      if (typeof value !== 'object' || value === null) return
      callFault(value as { op: string })
      calibrated.estimate(value as OpCall, hardware)
    })
  })
})

describe('flags', () => {
  let said: string
  beforeEach(() => {
    said = ''
    const keep = (text: unknown) => {
      said += String(text)
      return true
    }
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
    vi.spyOn(process.stderr, 'write').mockImplementation(keep)
  })
  afterEach(() => {
    vi.restoreAllMocks()
    process.exitCode = undefined
  })

  it('are understood, or refused with exit code 1 or 2 and a line', timeout, async () => {
    const commands = [
      [
        'estimate',
        'matmul',
        '--hardware',
        'h100_sxm',
        '--set',
        'm=1',
        '--set',
        'n=2',
        '--set',
        'k=3',
        '--json',
      ],
      ['hardware', 'show', 'h100_sxm', '--json'],
      ['models', 'show', 'llama-3.1-8b', '--tp', '2'],
      ['kernels', 'lint', 'no-such-file.json'],
      ['serving', 'run', '--config', 'no-such-file.yaml', '--json'],
      ['parse', 'no-such-file.json', '-o', '/proc/flowsim'],
    ]
    const word = fc.oneof(
      fc.constantFrom(
        '',
        '-',
        '--',
        '--json',
        '--hardware',
        '--set',
        'm=NaN',
        'm=1e999',
        '=',
        '0x',
        '--no',
      ),
      fc.string({ maxLength: 12 }),
    )
    const line = fc.constantFrom(...commands).chain((words) =>
      fc
        .array(fc.tuple(fc.nat({ max: words.length }), fc.nat({ max: 2 }), word), {
          minLength: 1,
          maxLength: 3,
        })
        .map((edits) => {
          const changed = [...words]
          for (const [at, removed, by] of edits) changed.splice(Math.max(1, at), removed, by)
          return changed
        }),
    )
    const numRuns =
      SECONDS > 0 ? { numRuns: 1e9, interruptAfterTimeLimit: 1000 * SECONDS } : { numRuns: 100 }
    await fc.assert(
      fc.asyncProperty(line, async (words) => {
        said = ''
        process.exitCode = undefined
        const code = await main(words)
        expect([0, 1, 2]).toContain(code)
        if (code !== 0) expect(said).not.toBe('')
        expect(said).not.toMatch(/TypeError|RangeError|Cannot read prop|undefined is not|\n\s+at /)
      }),
      numRuns,
    )
  })
})
