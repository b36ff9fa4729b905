import { type KernelTrace, opWork } from '@flowsim/trace-schema'
import { kernelTraceSchema } from '@flowsim/trace-schema/zod'
import { describe, expect, it } from 'vitest'
import { buildStep } from '../build.js'
import { findModel, listModels } from '../catalogue/catalogue.js'
import type { GraphOp, StepGraph } from '../graph.js'
import { sliceModel } from '../model.js'
import { PROMPT } from '../testing/steps.js'
import { buildGeneration } from './generation.js'
import { type SynthOptions, synthesizeTraces } from './synthesize.js'

/** A crude device: enough for plausible times. */
const timeOf = ({ call }: GraphOp) => {
  const { flops, readBytes, writeBytes, networkBytes } = opWork(call)
  return 2e-6 + Math.max(flops / 5e14, (readBytes + writeBytes) / 3e12, networkBytes / 3e11)
}

const LLAMA = sliceModel(findModel('llama-3.1-8b'), 2)
const STEPS = buildGeneration(LLAMA, {
  promptTokens: 300,
  outputTokens: 4,
  sequences: 2,
  parallelism: { tensor: 2 },
})

/** The trace of one rank, the first unless `rank` says otherwise. */
const synthesizeTrace = (steps: StepGraph | StepGraph[], options: SynthOptions) =>
  synthesizeTraces(steps, { rank: 0, ...options })[0]!

const onStream = ({ kernels }: KernelTrace, stream: number) =>
  kernels.filter((kernel) => kernel.stream === stream)

describe('synthesizeTraces', () => {
  it.each(listModels())('makes a valid trace of $name', ({ name }) => {
    const model = sliceModel(findModel(name), 5)
    const steps = buildGeneration(model, { promptTokens: 100, outputTokens: 2, sequences: 3 })
    const trace = synthesizeTrace(steps, { timeOf })
    expect(kernelTraceSchema.parse(trace)).toEqual(trace)
  })

  it('is the same for the same seed and another for another', () => {
    const make = (seed: number) =>
      JSON.stringify(synthesizeTrace(STEPS, { timeOf, jitter: 0.05, seed }))
    expect(make(1)).toBe(make(1))
    expect(make(1)).not.toBe(make(2))
  })

  it('runs the kernels of a stream one after the other, after their launches', () => {
    const trace = synthesizeTrace(STEPS, { timeOf, jitter: 0.05 })
    for (const stream of [7, 24]) {
      const kernels = onStream(trace, stream)
      expect(kernels.length).toBeGreaterThan(3)
      kernels.forEach((kernel, i) => {
        expect(kernel.startNs).toBeGreaterThan(kernel.launch!.startNs)
        if (i > 0) {
          const before = kernels[i - 1]!
          expect(kernel.startNs).toBeGreaterThanOrEqual(before.startNs + before.durationNs)
        }
      })
    }
  })

  it('launches from one thread, one launch after the other', () => {
    const { kernels } = synthesizeTrace(STEPS, { timeOf, jitter: 0.05 })
    const launches = kernels.map(({ launch }) => launch!).sort((a, b) => a.startNs - b.startNs)
    launches.slice(1).forEach((launch, i) => {
      const before = launches[i]!
      expect(launch.startNs).toBeGreaterThanOrEqual(before.startNs + before.durationNs)
    })
    expect(new Set(kernels.map(({ correlation }) => correlation)).size).toBe(kernels.length)
  })

  it('gives kernels the times that the caller gives operations', () => {
    const graph = buildStep(LLAMA, { batch: PROMPT, expand: true })
    const trace = synthesizeTrace(graph, { timeOf })
    const asked = graph.ops.reduce((sum, op) => sum + timeOf(op) * 1e9, 0)
    const got = trace.kernels
      .filter(({ kind }) => kind !== 'memcpy')
      .reduce((sum, { durationNs }) => sum + durationNs, 0)
    // Rounded to nanoseconds, kernel by kernel.
    expect(Math.abs(got - asked)).toBeLessThan(trace.kernels.length)
  })

  it('records operators with the shapes, types and strides of their operation', () => {
    const trace = synthesizeTrace(STEPS, { timeOf })
    const projection = trace.kernels.find(({ modules }) =>
      modules?.at(-1)?.startsWith('QKVParallelLinear'),
    )!
    expect(projection.modules).toEqual([
      'LlamaModel_0',
      'LlamaDecoderLayer_0',
      'LlamaAttention_0',
      'QKVParallelLinear_0',
    ])
    expect(projection.op).toEqual({
      name: 'aten::mm',
      args: [
        { kind: 'tensor', shape: [600, 4096], dtype: 'bf16', strides: [4096, 1] },
        { kind: 'tensor', shape: [4096, 3072], dtype: 'bf16', strides: [1, 4096] },
      ],
      parents: ['aten::matmul', 'aten::linear'],
    })
    expect(projection.shapesFrom).toBe('profiler')
  })

  it('labels steps with the sums of their lengths, on host and device', () => {
    const trace = synthesizeTrace(STEPS, { timeOf })
    const prompt =
      'execute_600_context_2(sq600sk600sqsq180000sqsk180000)_generation_0(sq0sk0sqsq0sqsk0)'
    const first = 'execute_2_context_0(sq0sk0sqsq0sqsk0)_generation_2(sq2sk602sqsq2sqsk602)'
    const labels = (on: string) =>
      trace.annotations
        .filter((each) => each.on === on && each.name.startsWith('execute'))
        .map(({ name }) => name)
    expect(labels('host').slice(0, 2)).toEqual([prompt, first])
    expect(labels('device')).toEqual(labels('host'))
    expect(trace.kernels[0]!.scopes).toEqual([prompt])
  })

  it('sends small all-reduces through the custom kernel and large ones through NCCL', () => {
    const reductions = (promptTokens: number) => {
      const steps = buildGeneration(LLAMA, {
        promptTokens,
        outputTokens: 1,
        parallelism: { tensor: 2 },
      })
      const { kernels } = synthesizeTrace(steps, { timeOf })
      return new Set(
        kernels.map(({ name }) => name.match(/cross_device_reduce|AllReduce/)?.[0]).filter(Boolean),
      )
    }
    // 8 MiB are 1024 tokens of 4096 in bf16.
    expect([...reductions(1024)]).toEqual(['cross_device_reduce'])
    expect([...reductions(1025)]).toEqual(['AllReduce'])
  })

  it('runs decoding steps as one graph on request', () => {
    const { kernels } = synthesizeTrace(STEPS, { timeOf, graphs: true })
    const graph = kernels.filter(({ launch }) => launch?.api === 'cudaGraphLaunch')
    expect(new Set(graph.map(({ correlation }) => correlation)).size).toBe(3)
    for (const kernel of graph) {
      expect(kernel.op).toBeUndefined()
      expect(kernel.graphNodeId).toBeTypeOf('number')
    }
  })

  it('names kernels by the generation of the device', () => {
    const gemm = (computeCapability: string) => {
      const device = { name: 'x', computeUnits: 108, computeCapability }
      const { kernels } = synthesizeTrace(STEPS, { timeOf, device })
      return kernels.find(({ op }) => op?.name === 'aten::mm')!.name
    }
    expect(gemm('8.0')).toMatch(/^ampere_bf16_s16816gemm/)
    expect(gemm('9.0')).toMatch(/^nvjet_tst_/)
  })

  it.each([
    ['bf16', 'aten::mm', /^nvjet_tst/],
    ['fp16', 'aten::mm', /^nvjet_hsh/],
    ['fp8', 'aten::_scaled_mm', /^nvjet_qqtst/],
    ['fp8_block', undefined, /^void deep_gemm::fp8_gemm_kernel<3072u, 4096u/],
    ['int4', 'sgl_kernel::gptq_marlin_gemm', /marlin::Marlin/],
    ['nvfp4', 'sgl_kernel::cutlass_scaled_fp4_mm', /BlockScaled/],
  ] as const)('multiplies %s weights with the kernels made for them', (dtypes, operator, name) => {
    const parallelism = { tensor: 2 }
    const graph = buildStep(LLAMA, { batch: PROMPT, expand: true, dtypes, parallelism })
    const { kernels } = synthesizeTrace(graph, { timeOf })
    const projection = kernels.find(
      ({ modules, name }) =>
        modules?.at(-1) === 'QKVParallelLinear_0' && !/quant|cvt_fp16/.test(name),
    )!
    expect(projection.op?.name).toBe(operator)
    expect(projection.name).toMatch(name)
  })

  it('keeps experts that are several operations in one call', () => {
    const model = sliceModel(findModel('mixtral-8x7b'), 2)
    const graph = buildStep(model, { batch: PROMPT, expand: true, experts: 'grouped' })
    const { kernels } = synthesizeTrace(graph, { timeOf })
    const experts = kernels.filter(({ op }) => op?.name === 'sglang::inplace_fused_experts')
    expect(experts).toHaveLength(2 * 4)
    expect(new Set(experts.map(({ opInstance }) => opInstance)).size).toBe(2)
    expect(experts[0]!.op!.args.slice(0, 3)).toMatchObject([
      { shape: [512, 4096] },
      { shape: [8, 2 * 14336, 4096] },
      { shape: [8, 4096, 14336] },
    ])
  })

  it('splits the kernels of a fused experts operator, all of one call', () => {
    const model = sliceModel(findModel('mixtral-8x7b'), 1)
    const graph = buildStep(model, { batch: PROMPT, expand: true })
    const { kernels } = synthesizeTrace(graph, { timeOf })
    const experts = kernels.filter(({ op }) => op?.name === 'sglang::inplace_fused_experts')
    expect(experts.map(({ name }) => name.match(/fused_moe|act_and_mul|moe_sum/)?.[0])).toEqual([
      'fused_moe',
      'act_and_mul',
      'fused_moe',
      'moe_sum',
    ])
    expect(new Set(experts.map(({ opInstance }) => opInstance)).size).toBe(1)
  })

  it('runs the steps of a ring in rounds', () => {
    const model = sliceModel(findModel('llama-3.1-8b'), 1)
    const graph = buildStep(model, { batch: PROMPT, expand: true, parallelism: { context: 3 } })
    const { kernels } = synthesizeTrace(graph, { timeOf })
    const ring = kernels
      .map(({ name }) => name.match(/SendRecv|PrefillWith|merge_attention/)?.[0])
      .filter(Boolean)
    const round = ['SendRecv', 'PrefillWith', 'merge_attention']
    expect(ring).toEqual(['PrefillWith', ...round, ...round])
  })
})

describe('synthesizeTraces', () => {
  const steps = buildGeneration(sliceModel(findModel('qwen3-30b-a3b'), 2), {
    promptTokens: 200,
    outputTokens: 2,
    parallelism: { tensor: 2, data: 2, expert: 4 },
  })
  const traces = synthesizeTraces(steps, { timeOf, jitter: 0.1, seed: 3 })

  it('gives each rank its trace, on its device and in its groups', () => {
    expect(traces.map(({ rank, worldSize }) => [rank, worldSize])).toEqual([
      [0, 4],
      [1, 4],
      [2, 4],
      [3, 4],
    ])
    expect(traces[3]!.processGroups.map(({ name, ranks }) => [name, ranks])).toEqual([
      ['tensor_2', [2, 3]],
      ['expert_0', [0, 1, 2, 3]],
    ])
  })

  it('ends collectives on all members at the same time, and starts them as they arrive', () => {
    const exchanges = traces.map(({ kernels }) =>
      kernels.filter(({ collective }) => collective?.kind === 'all_to_all'),
    )
    expect(exchanges[0]!.length).toBe(2 * 2 * 2)
    exchanges[0]!.forEach((first, i) => {
      const all = exchanges.map((kernels) => kernels[i]!)
      const ends = all.map(({ startNs, durationNs }) => startNs + durationNs)
      expect(new Set(ends).size).toBe(1)
      expect(new Set(all.map(({ startNs }) => startNs)).size).toBeGreaterThan(1)
      expect(first.collective).toMatchObject({ groupName: 'expert_0', sequence: i, groupSize: 4 })
    })
  })

  it('agrees with the trace of one rank', () => {
    expect(synthesizeTrace(steps, { timeOf, jitter: 0.1, seed: 3, rank: 2 })).toEqual(traces[2])
  })
})

describe('wrong input', () => {
  it.each([
    ['steps that are not expanded', buildStep(LLAMA, { batch: PROMPT }), {}, 'expand'],
    ['no steps', [], {}, 'steps'],
    ['a rank beyond the world', STEPS, { rank: 2 }, 'rank'],
    ['a time that is none', STEPS, { timeOf: () => Number.NaN }, 'timeOf'],
    [
      'a pipeline without a stage',
      buildStep(LLAMA, { batch: PROMPT, expand: true, parallelism: { pipeline: 2 } }),
      {},
      'stage',
    ],
  ])('%s is refused', (_, steps, options, field) => {
    expect(() => synthesizeTrace(steps, { timeOf, ...options })).toThrow(
      expect.objectContaining({ code: 'invalid_option', at: { path: field } }),
    )
  })
})
