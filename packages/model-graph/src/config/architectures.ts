// What a model_type implies and its config.json does not say. Source: the modelling code of Hugging
// Face transformers 4.57 (and, for deepseek_v32, glm_moe_dsa, minimax and kimi, of the checkpoints).

/** Facts about a family of models. */
export interface Architecture {
  /** Bias of the QKV projection: yes, no, or the field that says so (absent: no). */
  qkvBias?: boolean | string
  /** Bias of the output projection, in the same way. */
  outBias?: boolean | string
  mlpBias?: boolean | string
  norm?: 'layernorm'
  normBias?: boolean
  residual?: 'sandwich' | 'parallel'
  positions?: 'learned' | 'none'
  /** Feed-forward networks have no gate. */
  plainMlp?: boolean
  qkNorm?: 'head' | 'layer' | { field: string; style: 'head' | 'layer' }
  tiedByDefault?: boolean
  headBias?: boolean
  outputGate?: boolean
  /** Kind of the layers that `layer_types` calls linear. */
  linear?: 'gated_delta' | 'lightning'
  rotaryByDefault?: number
  /** The dense width in the file is that of gate and up together. */
  interIsDouble?: boolean
  sharedGate?: boolean
  expertBias?: boolean
  /** Layers repeat with this period; the last of each attends to all keys, the others locally. */
  localPeriod?: number
}

const LLAMA: Architecture = {
  qkvBias: 'attention_bias',
  outBias: 'attention_bias',
  mlpBias: 'mlp_bias',
}
const DEEPSEEK: Architecture = { qkvBias: 'attention_bias' }
const QWEN_HYBRID: Architecture = {
  qkNorm: 'head',
  outputGate: true,
  linear: 'gated_delta',
  rotaryByDefault: 0.25,
  sharedGate: true,
}
const CLASSIC: Architecture = {
  norm: 'layernorm',
  normBias: true,
  qkvBias: true,
  outBias: true,
  mlpBias: true,
  plainMlp: true,
}

/** Families by `model_type`. */
export const ARCHITECTURES: Record<string, Architecture> = {
  llama: LLAMA,
  mistral: {},
  ministral: {},
  mixtral: {},
  yi: {},
  baichuan: {},
  granite: LLAMA,
  llama4_text: { ...LLAMA, qkNorm: { field: 'use_qk_norm', style: 'head' }, localPeriod: 4 },
  qwen: { qkvBias: true, interIsDouble: true },
  qwen2: { qkvBias: true },
  qwen2_moe: { qkvBias: true, sharedGate: true },
  qwen3: { ...LLAMA, qkNorm: 'head' },
  qwen3_moe: { ...LLAMA, qkNorm: 'head' },
  qwen3_next: QWEN_HYBRID,
  qwen3_5_text: QWEN_HYBRID,
  qwen3_5_moe_text: QWEN_HYBRID,
  qwen3_vl_text: { ...LLAMA, qkNorm: 'head' },
  qwen3_vl_moe_text: { ...LLAMA, qkNorm: 'head' },
  deepseek: LLAMA,
  deepseek_v2: DEEPSEEK,
  deepseek_v3: DEEPSEEK,
  deepseek_v32: DEEPSEEK,
  kimi_k2: DEEPSEEK,
  kimi_k25: DEEPSEEK,
  glm: { qkvBias: 'attention_bias', rotaryByDefault: 0.5 },
  glm4: { qkvBias: 'attention_bias', rotaryByDefault: 0.5, residual: 'sandwich' },
  glm4_moe: {
    qkvBias: 'attention_bias',
    rotaryByDefault: 0.5,
    qkNorm: { field: 'use_qk_norm', style: 'head' },
  },
  glm4_moe_lite: DEEPSEEK,
  glm_moe_dsa: DEEPSEEK,
  chatglm: { qkvBias: 'add_qkv_bias', rotaryByDefault: 0.5 },
  internlm: { qkvBias: 'bias', outBias: 'bias' },
  internlm2: { qkvBias: 'bias', outBias: 'bias' },
  internlm3: { qkvBias: 'qkv_bias', outBias: 'bias', mlpBias: 'bias' },
  phi: { ...CLASSIC, residual: 'parallel', rotaryByDefault: 0.5, headBias: true },
  phi3: {},
  gpt2: { ...CLASSIC, positions: 'learned', tiedByDefault: true },
  gpt_neox: { ...CLASSIC, residual: 'parallel', rotaryByDefault: 0.25 },
  gptj: { ...CLASSIC, qkvBias: false, outBias: false, residual: 'parallel', headBias: true },
  opt: { ...CLASSIC, positions: 'learned', tiedByDefault: true },
  starcoder2: { ...CLASSIC, tiedByDefault: true },
  cohere: { norm: 'layernorm', residual: 'parallel', tiedByDefault: true },
  gemma: { tiedByDefault: true },
  gemma2: { tiedByDefault: true, residual: 'sandwich', localPeriod: 2 },
  gemma3_text: { tiedByDefault: true, residual: 'sandwich', qkNorm: 'head', localPeriod: 6 },
  gpt_oss: { qkvBias: true, outBias: true, expertBias: true, localPeriod: 2 },
  minimax_m2: { qkNorm: { field: 'use_qk_norm', style: 'layer' } },
  minimax: { linear: 'lightning' },
  minimax_text_01: { linear: 'lightning' },
  minimax_m1: { linear: 'lightning' },
}

/** `model_type` of models whose configuration is a wrapper or a synonym of another. */
export const SYNONYMS: Record<string, string> = {
  llama4: 'llama4_text',
  qwen3_5: 'qwen3_5_text',
  qwen3_5_moe: 'qwen3_5_moe_text',
  qwen3_vl: 'qwen3_vl_text',
  qwen3_vl_moe: 'qwen3_vl_moe_text',
  gemma3: 'gemma3_text',
  minimaxtext01: 'minimax_text_01',
  minimaxm1: 'minimax_m1',
  phi_msft: 'phi',
}
