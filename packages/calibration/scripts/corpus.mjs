// The measured rows of the test corpus, what profiles are made of, and which rows are held out to measure
// how good they are. The corpus keeps a hold-out of its own elsewhere; here its calibration rows are split
// once more by the same rule: a fifth of the sites wholly (`s`), a quarter of the other shapes (`m`), the
// rest to fit on (`c`); two fifths of the shapes of operations without sites.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { findHardware } from '@flowsim/perf-model/hardware'
import { measuredRow } from '../dist/index.js'

const corpus =
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
const NEUSIGHT = {
  name: 'sitar-lab/NeuSight, scripts/asplos/data',
  licence: 'MIT, Georgia Tech and Microsoft',
  measured: 'PyTorch fp32 kernels, 2024',
}

/** What each profile is made of: files and what they measure. `order` lists sources, the preferred first. */
export const RECIPES = {
  gemm: {
    files: [['gemm', 'gemm']],
    sources: [AICONFIGURATOR],
    order: ['sglang', 'trtllm'],
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
      ['attention_generation', 'attention_generation'],
    ],
    sources: [AICONFIGURATOR],
    order: [
      'sglang/fa3',
      'sglang/trtllm_mha',
      'sglang/flash_attention',
      'sglang/flashinfer',
      'sglang/triton',
    ],
  },
  mla: {
    files: [['mla', 'mla']],
    sources: [AICONFIGURATOR],
    order: ['trtllm', 'sglang', 'vllm'],
  },
  moe: {
    files: [['moe', 'moe']],
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
  collective: {
    files: [
      ['nccl', 'nccl'],
      ['allreduce_custom', 'allreduce_custom'],
      ['collectives_vidur', 'collectives'],
    ],
    sources: [AICONFIGURATOR, VIDUR],
    order: ['nccl', 'trtllm', 'vllm/vLLM_custom_graph', 'sglang/SGLang_CustomAllReduce_graph'],
  },
  pointwise: {
    files: [['elementwise', 'elementwise']],
    sources: [VIDUR, AICONFIGURATOR, NEUSIGHT],
    order: ['vidur', 'aiconfigurator', 'neusight'],
    trees: 48,
  },
}

/** Rows of a file as records of text. */
export function readTable(file) {
  const path = `${corpus}/measured/calibration/${file}.csv.gz`
  const [header, ...lines] = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n')
  const names = header.split(',')
  return lines.map((line) => {
    const values = line.split(',')
    return Object.fromEntries(names.map((name, i) => [name, values[i]]))
  })
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
