import { steps } from '@flowsim/analysis'
import { getModel } from '@flowsim/calibration'
import { classifyTrace } from '@flowsim/kernel-db'
import { buildGeneration, findModel, sliceModel, synthesizeTraces } from '@flowsim/model-graph'
import { parseFile } from '@flowsim/parser/node'
import { roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import { applyScenario, buildGraph, type Change, runScenarios } from '@flowsim/replay'
import { type KernelTrace, type OpName, opWork } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { rescaledTimes } from './rescaled-times.js'

const h100 = findHardware('h100_sxm')
const llama = sliceModel(findModel('llama-3.1-8b'), 3)
const qwen = sliceModel(findModel('qwen3-30b-a3b'), 2)

interface Run {
  model?: typeof llama
  batch?: number
  prompt?: number
  output?: number
  tensor?: number
  weights?: 'fp8' | 'fp8_block' | 'int4'
}

/** A trace of a generation, without deviation of times, by the roofline model. */
function traceOf({ model = llama, batch = 4, prompt = 256, output = 3, tensor = 1, weights }: Run) {
  const generation = buildGeneration(model, {
    promptTokens: prompt,
    outputTokens: output,
    sequences: batch,
    parallelism: { tensor },
    ...(weights === undefined ? {} : { dtypes: { weights } }),
  })
  const timeOf = ({ call }: Parameters<Parameters<typeof synthesizeTraces>[1]['timeOf']>[0]) =>
    roofline.estimate(call, h100).latencyS
  return synthesizeTraces(generation, { timeOf, rank: 0 })[0]!
}

/** The sum of kernels of a run, and what a scenario makes of another run. */
function sumNs(trace: KernelTrace) {
  return runScenarios(buildGraph([trace]), []).rows[0]!.kernelSumNs!
}

function whatIf(trace: KernelTrace, changes: Change[], model = llama) {
  const graph = buildGraph([trace])
  const operations = classifyTrace(trace)
  const rescaled = { '': rescaledTimes(graph, roofline) }
  return runScenarios(graph, [{ name: 'other', changes }], { operations, rescaled, model }).rows[1]!
}

describe('a trace rescaled to another run is as the trace of that run', () => {
  const base = traceOf({})
  const pairs: [string, Change[], Run][] = [
    ['a larger batch', [{ do: 'batch', to: 16 }], { batch: 16 }],
    ['a smaller batch', [{ do: 'batch', factor: 0.5 }], { batch: 2 }],
    ['longer prompts and contexts', [{ do: 'sequence', factor: 2 }], { prompt: 512 }],
    ['more devices', [{ do: 'tensor-parallel', to: 4 }], { tensor: 4 }],
    ['fp8', [{ do: 'dtype', weights: 'fp8' }], { weights: 'fp8' }],
    ['fp8 with blocks', [{ do: 'dtype', weights: 'fp8_block' }], { weights: 'fp8_block' }],
    ['int4 weights', [{ do: 'dtype', weights: 'int4' }], { weights: 'int4' }],
    [
      'several at once',
      [
        { do: 'batch', to: 16 },
        { do: 'tensor-parallel', to: 2 },
        { do: 'dtype', weights: 'fp8' },
      ],
      { batch: 16, tensor: 2, weights: 'fp8' },
    ],
  ]
  it.each(pairs)('%s', (_, changes, run) => {
    const row = whatIf(base, changes)
    expect(row.kernelSumNs! / sumNs(traceOf(run))).toBeCloseTo(1, 2)
    expect(row.unanswered.timeShare).toBe(0)
  })

  it('fewer devices, without the collectives', () => {
    const row = whatIf(traceOf({ tensor: 4 }), [{ do: 'tensor-parallel', to: 1 }])
    expect(row.kernelSumNs! / sumNs(base)).toBeCloseTo(1, 2)
    expect(row.rescaled!.removed).toBeGreaterThan(0)
  })

  it('experts', () => {
    const changes: Change[] = [
      { do: 'tensor-parallel', to: 2 },
      { do: 'batch', factor: 4 },
    ]
    const row = whatIf(traceOf({ model: qwen }), changes, qwen)
    const truth = sumNs(traceOf({ model: qwen, tensor: 2, batch: 16 }))
    expect(row.kernelSumNs! / truth).toBeCloseTo(1, 1)
  })
})

describe('rescaled times', () => {
  it('are those of another device where one is named', () => {
    const trace = traceOf({})
    const graph = buildGraph([trace])
    const hardware = findHardware('b200_sxm')
    const rescaled = { b200: rescaledTimes(graph, roofline, { hardware }) }
    const run = (changes: Change[]) =>
      runScenarios(graph, [{ name: 'other', changes }], {
        operations: classifyTrace(trace),
        rescaled,
      }).rows[1]!
    const same = run([{ do: 'batch', factor: 1, on: 'b200' }])
    const calls = classifyTrace(trace).flatMap(({ call }) => call ?? [])
    const expected = calls.reduce(
      (sum, call) => sum + roofline.estimate(call, hardware).latencyS,
      0,
    )
    // Copies are in the sum of estimates, not in that of kernels.
    expect(same.kernelSumNs! / (expected * 1e9)).toBeCloseTo(1, 1)
  })
})

describeWithCorpus('a measured batch', () => {
  it('of eight prompts follows from the step of one: its work and, within a tenth, the time of its products', async () => {
    const trace = await parseFile(corpus('traces/sglang-deepseek-h200-tp4-rank0.trace.json.gz'))
    const operations = classifyTrace(trace)
    const { stepOf } = steps(trace, operations)
    const graph = buildGraph([trace])
    const { rescaled, durationsNs } = applyScenario(
      graph,
      { name: 'eight', changes: [{ do: 'batch', factor: 8 }] },
      { operations, rescaled: { '': rescaledTimes(graph, getModel('calibrated')) } },
    )
    const total = (step: number, of: (k: number) => number, op?: OpName) =>
      operations.reduce(
        (sum, each, k) =>
          sum + (stepOf[k] === step && (op === undefined || each.op === op) ? of(k) : 0),
        0,
      )
    const flops = (from: typeof operations) => (k: number) => {
      const { call } = from[k]!
      return call === undefined ? 0 : opWork(call).flops
    }
    const work = total(0, flops(rescaled!.after)) / total(1, flops(operations))
    expect(work).toBeCloseTo(1, 2)
    const time =
      total(0, (k) => durationsNs[k]!, 'matmul') / total(1, (k) => graph.durationNs[k]!, 'matmul')
    expect(Math.abs(time - 1)).toBeLessThan(0.1)
  })
})
