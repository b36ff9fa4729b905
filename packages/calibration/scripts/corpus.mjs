// The measured rows of the test corpus, what profiles are made of, and which rows are held out to measure
// how good they are. The corpus keeps its own hold-out elsewhere; here its calibration rows are split
// once more by the same rule: a fifth of the sites wholly (`s`), a quarter of the other shapes (`m`), the
// rest to fit on (`c`); two fifths of the shapes of operations without sites.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import { measuredRow } from '../dist/index.js'
import { flashAttentionRows } from './flash-attention-2.mjs'
import { layerRows } from './layer-profiles.mjs'
import { RESNET_TRACE, resnetRows } from './resnet-rows.mjs'
import { jobOf, tracePaths, traceRows } from './trace-rows.mjs'

export const corpus =
  process.env.FLOWSIM_CORPUS ?? new URL('../../../../shared/data', import.meta.url).pathname

const AICONFIGURATOR = {
  name: 'ai-dynamo/aiconfigurator, systems/data',
  licence: 'Apache-2.0, NVIDIA',
  measured:
    'TensorRT-LLM 1.0.0 to 1.3.0rc20, SGLang 0.5.10 to 0.5.14, vLLM 0.14 to 0.24, NCCL 2.27 to 2.29',
}
const VIDUR = {
  name: 'microsoft/vidur, data/profiling',
  licence: 'MIT',
  measured: 'PyTorch kernels, 2024',
}
const PIPEWEAVE = {
  name: 'zksainx/pipeweave',
  licence: 'Apache-2.0',
  measured: 'torch.distributed; fp8 GEMM kernels of vLLM without quantisation',
}
const AITER = {
  name: 'ROCm/aiter, tuned tables of 2026-08-22',
  licence: 'MIT',
  measured: 'the fastest kernel of a tuner, caches cold',
}
const LLMSERVINGSIM = {
  name: 'casys-kaist/LLMServingSim, profiles',
  licence: 'MIT',
  measured: 'layers of vLLM 0.19.0',
}
const TRACES = {
  name: 'profiler traces of AMD-AGI/TraceLens, facebookresearch, deepseek-ai and microsoft/FlowSim',
  licence: 'MIT',
  measured: 'kernels of PyTorch in eager mode',
}
const KERNELBENCH = {
  name: 'ScalingIntelligence/KernelBench, level 1',
  licence: 'MIT',
  measured: 'operations of PyTorch in eager mode, with launches',
}
const FLASH_ATTENTION = {
  name: 'FlashAttention-3, arXiv 2407.08608, figure 5',
  licence: 'figures',
  measured: 'FlashAttention-2 on H100',
}
const NEUSIGHT = {
  name: 'sitar-lab/NeuSight, scripts/asplos/data',
  licence: 'MIT, Georgia Tech and Microsoft',
  measured: 'PyTorch fp32 kernels, 2024',
}

/** What each profile is made of: files and what they measure. `order` lists sources, the preferred first. */
export const RECIPES = {
  gemm: {
    files: [
      ['gemm', 'gemm'],
      ['2/gemm', 'gemm'],
      ['2/mla_bmm', 'mla_bmm'],
    ],
    sources: [AICONFIGURATOR],
    order: ['sglang', 'trtllm'],
    byDevice: true,
    trees: 144,
    // Where it helps on rows left out.
    robust: ['a100_sxm'],
  },
  'gemm-kernel': {
    files: [['2/gemm_fp8_kernel', 'gemm']],
    sources: [PIPEWEAVE],
    order: ['vllm'],
  },
  'gemm-amd': {
    files: [['2/gemm_amd', 'gemm']],
    sources: [AITER],
    order: ['aiter'],
    use: isPlausible,
  },
  'gemm-eager': {
    files: [
      ['gemm_fp16_vidur', 'gemm_fp16'],
      ['gemm_fp32_neusight', 'gemm_fp32'],
    ],
    sources: [VIDUR, NEUSIGHT],
    order: ['vidur', 'neusight'],
    trees: 64,
  },
  attention: {
    files: [
      ['attention_context', 'attention_context'],
      ['2/attention_context', 'attention_context'],
      ['attention_generation', 'attention_generation'],
      ['2/attention_generation', 'attention_generation'],
      ['2/attention_encoder', 'attention_encoder'],
    ],
    sources: [AICONFIGURATOR],
    order: [
      'sglang/fa3',
      'sglang/flash_attention_v3',
      'sglang/flash_attention_v4',
      'sglang/trtllm_mha',
      'sglang/flash_attention',
      'sglang/flashinfer',
      'sglang/triton',
    ],
  },
  mla: {
    files: [
      ['mla', 'mla'],
      ['2/mla', 'mla'],
    ],
    sources: [AICONFIGURATOR],
    order: ['trtllm', 'sglang', 'vllm'],
  },
  moe: {
    files: [
      ['moe', 'moe'],
      ['2/moe', 'moe'],
    ],
    sources: [AICONFIGURATOR],
    order: [
      'trtllm/moe_torch_flow_cutlass',
      'trtllm/deepgemm',
      'sglang/sglang_fused_moe_triton',
      'sglang/sglang_marlin_moe',
      'trtllm/moe_torch_flow',
    ],
    byDevice: true,
  },
  'moe-amd': {
    files: [['2/moe_amd', 'moe']],
    sources: [AITER],
    order: ['aiter'],
  },
  collective: {
    files: [
      ['nccl', 'nccl'],
      ['2/nccl', 'nccl'],
      ['allreduce_custom', 'allreduce_custom'],
      ['collectives_vidur', 'collectives'],
      ['2/collectives_torch', 'collectives'],
    ],
    sources: [AICONFIGURATOR, VIDUR, PIPEWEAVE],
    order: ['nccl', 'trtllm', 'vllm/vLLM_custom_graph', 'sglang/SGLang_CustomAllReduce_graph'],
  },
  // Before `pointwise`, whose sections these are preferred to where they have the device.
  'pointwise-layers': {
    rows: () => layerRows(corpus),
    sources: [LLMSERVINGSIM],
    order: ['vllm'],
    trees: 48,
  },
  'pointwise-eager': {
    rows: async (left) => [
      ...(await eagerRows(
        ({ options, call }) => options.source === 'pytorch' && POINTWISE(call),
        left,
      )),
      ...(await resnetRowsOf(POINTWISE, left)),
      ...longRows(POINTWISE),
    ],
    fromTraces: true,
    sources: [
      TRACES,
      { ...KERNELBENCH, measured: 'operations that take much longer than a launch' },
    ],
    order: ['pytorch'],
    trees: 48,
    pool: true,
  },
  'pointwise-engine': {
    rows: (left) =>
      eagerRows(({ options, call }) => options.source === 'engine' && POINTWISE(call), left),
    fromTraces: true,
    sources: [{ ...TRACES, measured: 'kernels of engines and compilers' }],
    order: ['engine'],
    trees: 48,
    pool: true,
  },
  // Devices whose tables have no 16-bit rows, and 32-bit products, whose tables hold launches.
  'gemm-traces': {
    rows: async (left) =>
      withSeveral(
        await eagerRows(
          ({ call, hardware, options }) =>
            options.source === 'pytorch' &&
            MATRIX.test(call.op) &&
            (hardware.name === 'mi300x' || call.dtype === 'fp32'),
          left,
        ),
      ),
    fromTraces: true,
    sources: [TRACES],
    order: ['pytorch'],
    start: true,
  },
  // Experts of Triton without a tuned configuration, which no table holds.
  'gemm-triton': {
    rows: (left) =>
      eagerRows(
        ({ call, options }) => options.source === 'engine/triton' && call.op === 'grouped_gemm',
        left,
      ),
    fromTraces: true,
    sources: [TRACES],
    order: ['engine/triton'],
    start: true,
  },
  'attention-traces': {
    rows: (left) =>
      eagerRows(
        ({ call, hardware }) => hardware.name === 'mi300x' && call.op === 'attention',
        left,
      ),
    fromTraces: true,
    sources: [TRACES],
    order: ['pytorch'],
    start: true,
    pool: true,
  },
  // PyTorch's attention on Hopper, whose tables hold newer kernels.
  'attention-flash': {
    rows: async (left) => [
      ...(await eagerRows(
        ({ call, hardware, options }) =>
          call.op === 'attention' && options.source === 'pytorch' && hardware.name === 'h100_sxm',
        left,
      )),
      ...flashAttentionRows(),
    ],
    fromTraces: true,
    sources: [TRACES, FLASH_ATTENTION],
    order: ['pytorch'],
    start: true,
    pool: true,
    trees: 0,
  },
  'pointwise-events': {
    rows: () => benchRows(POINTWISE),
    sources: [KERNELBENCH],
    order: ['kernelbench'],
    trees: 48,
    pool: true,
  },
  // Before `conv-events`, whose rows hold launches.
  'conv-traces': {
    rows: (left) => resnetRowsOf(({ op }) => op === 'conv', left),
    fromTraces: true,
    sources: [TRACES],
    order: ['pytorch'],
  },
  'conv-events': {
    rows: () => benchRows(({ op }) => op === 'conv'),
    sources: [KERNELBENCH],
    order: ['kernelbench'],
    trees: 48,
  },
  'gemm-events': {
    rows: () => benchRows((call) => !POINTWISE(call) && call.op !== 'conv'),
    sources: [KERNELBENCH],
    order: ['kernelbench'],
    trees: 32,
  },
  pointwise: {
    files: [['elementwise', 'elementwise']],
    sources: [VIDUR, AICONFIGURATOR, NEUSIGHT],
    order: ['vidur', 'aiconfigurator', 'neusight'],
    trees: 48,
  },
}

/** Kernels of the traces that `use` takes, without those of the job `left`. */
async function eagerRows(use, left) {
  const rows = []
  for (const path of tracePaths(corpus)) {
    if (jobOf(path) !== left) rows.push(...(await traceRows(corpus, path)))
  }
  return rows.filter(use)
}

/** Rows of the trace of ResNet-50, unless its job is `left`. */
async function resnetRowsOf(use, left) {
  if (left === jobOf(RESNET_TRACE)) return []
  return (await resnetRows(corpus)).filter(({ call }) => use(call))
}

const FEWEST = 5

/** Rows of devices and types that have several: one product says nothing of the next. */
function withSeveral(rows) {
  const key = ({ call, hardware }) => `${hardware.name} ${call.dtype}`
  const groups = groupBy(rows, key)
  return rows.filter((row) => groups.get(key(row)).length >= FEWEST)
}

/** Items by their key. */
export function groupBy(items, key) {
  const groups = new Map()
  for (const item of items) {
    const found = groups.get(key(item))
    if (found === undefined) groups.set(key(item), [item])
    else found.push(item)
  }
  return groups
}

/** How a recipe is fitted, on a device where it is one file a device. */
export const fitOptions = (title, recipe, device) => ({
  name: title,
  version: '1',
  created: '2026-11',
  sources: recipe.sources,
  // Few rows start from the other profiles; none of them is a user's.
  fromBuiltIn: recipe.start === true,
  everywhere: true,
  ...(recipe.trees !== undefined && { trees: recipe.trees }),
  ...(recipe.robust?.includes(device) && { robust: true }),
  ...(recipe.pool && { pool: true }),
})

const MATRIX = /^(?:matmul|bmm)$/
const POINTWISE = ({ op }) => !/^(?:matmul|bmm|grouped_gemm|attention|conv)$/.test(op)
/** Slowest over fastest of repeated measurements, beyond which a row is doubtful. */
const SPREAD = 1.5

/** Microseconds beside which a launch does not count. */
const LONG_US = 200

/** Operations that KernelBench timed and that take so long that the time is that of PyTorch's kernels. */
function longRows(use) {
  return benchRows(use)
    .filter(({ latencyUs }) => latencyUs >= LONG_US)
    .map((row) => ({ ...row, options: { ...row.options, source: 'pytorch' } }))
}

/** Operations of one kernel that KernelBench timed. */
function benchRows(use) {
  const text = readFileSync(`${corpus}/measured/calibration-2/eager_ops.csv`, 'utf8')
  return csv(text)
    .filter(({ spread }) => Number(spread) <= SPREAD)
    .map((record) => ({ record, ...measuredRow('eager_ops', record) }))
    .filter(({ more, call }) => more.length === 0 && use(call))
    .map(({ record, gpu, ...row }) => ({
      ...row,
      problem: record.problem,
      hardware: findHardware(gpu),
    }))
}

/** Records of a CSV file with quoted cells. */
function csv(text) {
  const [header, ...lines] = text.trimEnd().split('\n').map(cellsOf)
  return lines.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i]])))
}

function cellsOf(line) {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  )
}

/** Rows of a file as records of text; `2/…` is a file of the second set. */
export function readTable(file) {
  const path = `${corpus}/measured/calibration${file.startsWith('2/') ? '-' : '/'}${file}.csv.gz`
  const [header, ...lines] = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n')
  const names = header.split(',')
  return lines.map((line) => {
    const values = line.split(',')
    return Object.fromEntries(names.map((name, i) => [name, values[i]]))
  })
}

// A few of AITER's rows are below what the memory could deliver, and its bf16 and int8 rows of MI300X are of
// another scale than the rest.
function isPlausible({ call, latencyUs, hardware }) {
  if (hardware.name === 'mi300x' && call.dtype === 'int8') return false
  const { latencyS } = roofline.estimate(call, hardware)
  return latencyUs > 1 && latencyUs / 1e6 > 0.9 * (latencyS - hardware.device.kernelLatencyS)
}

/** A record as a row that `calibrate` takes. */
export function toCalibrationRow(op, record) {
  const row = measuredRow(op, record)
  return { ...row, hardware: findHardware(row.gpu) }
}

// What makes a site and a shape, by operation.
const GEMM = [['n', 'k'], ['m']]
const ATTENTION = (length) => [
  ['num_heads', 'num_kv_heads', 'head_dim', 'window_size'],
  ['batch_size', length],
]
const LINKS = [[], ['op', 'dtype', 'num_gpus', 'message_bytes']]
const SPLIT = {
  gemm: GEMM,
  gemm_fp16: GEMM,
  gemm_fp32: [[], ['op', 'batch', 'm', 'n', 'k']],
  attention_context: ATTENTION('isl'),
  attention_generation: ATTENTION('kv_len'),
  moe: [
    ['hidden_size', 'inter_size', 'topk', 'num_experts'],
    ['moe_tp_size', 'moe_ep_size', 'num_tokens'],
  ],
  attention_encoder: [
    ['num_heads', 'head_dim'],
    ['batch_size', 'isl'],
  ],
  mla_bmm: [[], ['op', 'num_heads', 'num_tokens']],
  mla: [['num_heads'], ['phase', 'batch_size', 'kv_len']],
  nccl: LINKS,
  allreduce_custom: LINKS,
  collectives: LINKS,
  elementwise: [[], ['op', 'rows', 'cols']],
}

/** Which part of the split a record belongs to. */
export function foldOf(op, record) {
  const [site, shape] = SPLIT[op]
  const join = (names) => names.map((name) => record[name]).join('|')
  if (site.length > 0 && hash(`inner|${op}|site|${join(site)}`) % 100 < 20) return 's'
  const share = site.length > 0 ? 25 : 40
  return hash(`inner|${op}|shape|${join([...site, ...shape])}`) % 100 < share ? 'm' : 'c'
}

/** FNV-1a of 32 bits, then murmur's finaliser. */
function hash(text) {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
