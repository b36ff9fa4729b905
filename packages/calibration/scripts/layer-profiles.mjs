// What vLLM takes for each layer (casys-kaist/LLMServingSim's profiles) as rows to fit on.
import { readFileSync } from 'node:fs'
import { findHardware } from '@flowsim/perf-model/hardware'

const MODELS = {
  'meta-llama/Llama-3.1-8B': { hidden: 4096, inter: 14336, heads: 32, kvHeads: 8, vocab: 128256 },
  'Qwen/Qwen3-32B': { hidden: 5120, inter: 25600, heads: 64, kvHeads: 8, vocab: 151936 },
  'Qwen/Qwen3-30B-A3B-Instruct-2507': {
    hidden: 2048,
    inter: 768,
    heads: 32,
    kvHeads: 4,
    vocab: 151936,
  },
}
const HEAD = 128
const dtype = 'bf16'

/** The operation of a layer; norms of the middle of a model add the residual first. */
function callOf(layer, tokens, { hidden, inter, heads, kvHeads, vocab }, tp) {
  const linear = (n, k) => ({ op: 'matmul', m: tokens, n, k, dtype })
  switch (layer) {
    case 'act_fn':
      return { op: 'silu_mul', rows: tokens, cols: inter / tp, dtype }
    case 'layernorm':
      return { op: 'rmsnorm', rows: tokens, cols: hidden, residual: true, dtype }
    case 'rotary_emb':
      return { op: 'rope', tokens, heads: heads / tp, kvHeads: kvHeads / tp, headDim: HEAD, dtype }
    case 'embedding':
      return { op: 'embedding', tokens, hidden, vocab: vocab / tp, dtype }
    case 'qkv_proj':
      return linear(((heads + 2 * kvHeads) * HEAD) / tp, hidden)
    case 'o_proj':
      return linear(hidden, (heads * HEAD) / tp)
    case 'gate_up_proj':
      return linear((2 * inter) / tp, hidden)
    case 'down_proj':
      return linear(hidden, inter / tp)
    default:
      return undefined
  }
}

/** Rows of all profiles that are not multiplications, of which there are many elsewhere. */
export function layerRows(corpus) {
  const hardware = findHardware('rtx_pro_6000_server')
  const rows = []
  for (const [model, dims] of Object.entries(MODELS)) {
    for (const tp of [1, 2]) {
      const path = `${corpus}/measured/layer-profiles/RTXPRO6000/${model}/bf16/tp${tp}/dense.csv`
      for (const line of readFileSync(path, 'utf8').trimEnd().split('\n').slice(1)) {
        const [layer, tokens, us] = line.split(',')
        const call = callOf(layer, Number(tokens), dims, tp)
        if (call === undefined || call.op === 'matmul') continue
        rows.push({
          call,
          latencyUs: Number(us),
          hardware,
          options: { source: 'vllm', l2: 'warm' },
          site: `${model}/${tp}`,
        })
      }
    }
  }
  return rows
}
