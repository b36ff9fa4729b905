// What a model's configuration tells of kernels whose shapes were not recorded.
import { parseCaptureFile, parseFile } from '@flowsim/parser/node'
import type { OpCall } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { kernel, launchedBy, op, s, t, trace } from '../../fixtures/hand-made.js'
import { classifyTrace } from './classify-trace.js'
import type { ModelShape } from './model-shape.js'

const NVJET = 'nvjet_tst_128x128_64x6_2x1_v_bz_TNT'
const ROPE = 'void vllm::rotary_embedding_kernel<c10::BFloat16, true>(long const*)'
const NORM = 'void vllm::rms_norm_kernel<c10::BFloat16, 8>(c10::BFloat16*)'
const SILU = 'void vllm::act_and_mul_kernel<c10::BFloat16, &(c10::BFloat16 vllm::silu_kernel)>(int)'
const OGS = '_matmul_ogs_NNT_bf16xbf16xmxfp4_128x128x128x1'
const STEP = 'execute_64_context_1(sq30sk90sqsq900sqsk2700)_generation_32(sq32sk3200sqsq32sqsk3200)'

/** Two layers, the first of which sees 16 keys. */
const experts: ModelShape = {
  hidden: 256,
  dtype: 'bf16',
  layerKinds: [16, undefined].map((window) => ({
    mixer: { type: 'attention', heads: 8, kvHeads: 2, headDim: 32, ...(window ? { window } : {}) },
    ffn: { type: 'moe', experts: 4, topk: 2, inter: 300, gated: true },
  })),
  layers: [0, 1],
}
const dense: ModelShape = {
  ...experts,
  layerKinds: [
    {
      mixer: { type: 'attention', heads: 8, kvHeads: 2, headDim: 32 },
      ffn: { type: 'dense', inter: 512, gated: true },
    },
  ],
  layers: [0],
}

const graph = (name: string) =>
  kernel(name, undefined, { launch: launchedBy('cudaGraphLaunch'), scopes: [STEP] })
const attention = (heads = 8) =>
  kernel(
    'kernel_unified_attention_2d',
    op(
      'vllm::unified_attention_with_output',
      t(`62,${heads},32 bf16`),
      t(`62,${heads / 4},32 bf16`),
      t(`62,${heads / 4},32 bf16`),
      t(`62,${heads},32 bf16`),
      s(''),
    ),
    { scopes: [STEP] },
  )
const calls = (model: ModelShape, ...kernels: ReturnType<typeof kernel>[]) =>
  classifyTrace(trace(kernels), { model }).map(({ call }) => call)

const expertLayer = () => [
  graph(NVJET),
  graph(ROPE),
  attention(),
  graph(NVJET),
  graph(NORM),
  graph(NVJET),
  graph('_topk_forward'),
  graph(`${OGS}_swiglu`),
  graph(OGS),
  graph('_finalize_matmul_scatter_bf16'),
]

describe('a model', () => {
  it('tells products by their neighbours, and the experts’, for the tokens of the step', () => {
    const found = calls(experts, ...expertLayer(), ...expertLayer())
    expect(found.slice(0, 10)).toMatchObject([
      { op: 'matmul', m: 64, n: (8 + 2 * 2) * 32, k: 256, dtype: 'bf16' },
      undefined,
      { op: 'attention', heads: 8, window: 16 },
      { op: 'matmul', m: 64, n: 256, k: 8 * 32 },
      undefined,
      { op: 'matmul', m: 64, n: 4, k: 256 },
      { op: 'moe_route', tokens: 64, experts: 4, topk: 2 },
      { op: 'grouped_gemm', groups: 4, m: 128, n: 600, k: 256, weightDtype: 'fp4_e2m1' },
      { op: 'grouped_gemm', groups: 4, m: 128, n: 256, k: 300, weightDtype: 'fp4_e2m1' },
      { op: 'moe_permute', tokens: 64, hidden: 256, topk: 2 },
    ])
  })

  it('tells the windows of layers by counting them, where the trace holds whole steps', () => {
    const layers = calls(experts, attention(), attention(), attention(), attention())
    const windows = layers.map((call) => (call?.op === 'attention' ? call.window : null))
    expect(windows).toEqual([16, undefined, 16, undefined])
    const part = calls(experts, attention(), attention(), attention())
    expect(part.map((call) => (call?.op === 'attention' ? call.window : null))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('shares heads and widths among the ranks that the recorded heads show', () => {
    const found = calls(
      dense,
      graph(NVJET),
      attention(4),
      graph(NVJET),
      graph(NVJET),
      graph(SILU),
      graph(NVJET),
    )
    expect(found).toMatchObject([
      { n: (4 + 2) * 32, k: 256 },
      { heads: 4 },
      { n: 256, k: 128 },
      { n: 2 * 256, k: 256 },
      undefined,
      { n: 256, k: 256 },
    ])
  })

  it('tells heads where the step tells lengths, and says where each size comes from', () => {
    const lost = { ...graph('kernel_unified_attention_2d') }
    const [operation] = classifyTrace(trace([lost]), { model: dense })
    expect(operation).toMatchObject({
      call: { op: 'attention', batch: 33, queryLen: 62 / 33, heads: 8, kvHeads: 2, headDim: 32 },
      missing: "heads from the model's configuration",
    })
  })

  it('changes nothing that was recorded, and tells nothing where no step tells tokens', () => {
    const recorded = kernel(NVJET, op('aten::mm', t('7,256 bf16'), t('256,384 bf16')))
    expect(calls(dense, recorded, attention())[0]).toMatchObject({ m: 7, n: 384, k: 256 })
    expect(calls(dense, kernel(NVJET), kernel('kernel_unified_attention_2d'))).toEqual([
      undefined,
      undefined,
    ])
  })
})

/** Configuration of openai/gpt-oss-20b: every other layer sees 128 keys. */
const gptOss: ModelShape = {
  hidden: 2880,
  dtype: 'bf16',
  layerKinds: [128, undefined].map((window) => ({
    mixer: { type: 'attention', heads: 64, kvHeads: 8, headDim: 64, ...(window ? { window } : {}) },
    ffn: { type: 'moe', experts: 32, topk: 4, inter: 2880, gated: true },
  })),
  layers: Array.from({ length: 24 }, (_, layer) => layer % 2),
}

describeWithCorpus('graphs of vLLM without recorded shapes', () => {
  const path = corpus('traces/vllm-piecewise-cudagraph-execution.trace.json.gz')
  const captured = corpus(
    'traces-2/vllm-piecewise-capture/capture_traces/graph_capture_rank_0.1773709679453551615.pt.trace.json.gz',
  )
  const sizes = (call: OpCall | undefined) => (call?.op === 'matmul' ? [call.m, call.n, call.k] : 0)

  it('have the products of the capture, told by the model alone', async () => {
    const trace = await parseFile(path)
    const withCapture = await parseFile(path, { captures: [await parseCaptureFile(captured)] })
    const told = classifyTrace(trace, { model: gptOss })
    const recorded = classifyTrace(withCapture)
    const products = recorded.flatMap(({ op }, i) => (op === 'matmul' ? [i] : []))
    expect(products.length).toBeGreaterThan(70)
    expect(products.map((i) => sizes(told[i]!.call))).toEqual(
      products.map((i) => sizes(recorded[i]!.call)),
    )
    const families = new Set(['gemm', 'attention', 'moe'])
    const lacking = told.filter(
      ({ family, call, auxiliary }) => families.has(family) && call === undefined && !auxiliary,
    )
    expect(lacking).toEqual([])
  })

  it('have experts as wide as the capture records, padded', async () => {
    const trace = await parseFile(path, { captures: [await parseCaptureFile(captured)] })
    const gemms = classifyTrace(trace, { model: gptOss }).filter(({ op }) => op === 'grouped_gemm')
    expect(new Set(gemms.map(({ call }) => JSON.stringify(call)))).toEqual(
      new Set(
        [6144, 3072].map((n) =>
          JSON.stringify({
            op: 'grouped_gemm',
            groups: 32,
            m: 8192 * 4,
            n,
            k: 3072,
            dtype: 'bf16',
            weightDtype: 'fp4_e2m1',
          }),
        ),
      ),
    )
  })

  it('have short windows where the kernels are shorter', async () => {
    const trace = await parseFile(path)
    const operations = classifyTrace(trace, { model: gptOss })
    const timesOf = (windowed: boolean) =>
      trace.kernels
        .filter((_, i) => {
          const call = operations[i]!.call
          return call?.op === 'attention' && (call.window !== undefined) === windowed
        })
        .map(({ durationNs }) => durationNs)
    expect(Math.max(...timesOf(true))).toBeLessThan(Math.min(...timesOf(false)))
  })
})
