// Decoders of several makers that differ from Llama in a fact or two: Seed-OSS, SmolLM3, Apertus, dots,
// Arcee, StableLM, Solar, Laguna, Mellum, MiniCPM, Jais, Nanochat.
import { readAttention } from '../config/read-attention.js'
import { type Family, LLAMA_LIKE, transformers } from './family.js'

export const OPEN_DECODERS: Family = {
  source: `${transformers('seed_oss', 'smollm3', 'apertus', 'dots1', 'arcee', 'afmoe', 'stablelm', 'solar_open', 'laguna', 'mellum', 'jais2', 'persimmon')}; modelling code of openbmb/MiniCPM-2B-sft-bf16 on Hugging Face`,
  types: {
    seed_oss: { qkvBias: 'attention_bias', outBias: 'attention_out_bias', mlpBias: 'mlp_bias' },
    smollm3: { ...LLAMA_LIKE, windowOffByDefault: true, normalize: unrotatedLayers },
    apertus: { ...LLAMA_LIKE, plainMlp: true, qkNorm: 'head' },
    dots1: { ...LLAMA_LIKE, qkNorm: 'head' },
    arcee: { ...LLAMA_LIKE, plainMlp: true },
    afmoe: {
      residual: 'sandwich',
      qkNorm: 'head',
      outputGate: 'element',
      unrotatedFull: true,
      localPeriod: 4,
    },
    stablelm: {
      norm: 'layernorm',
      normBias: true,
      residual: 'parallel',
      qkvBias: 'use_qkv_bias',
      rotaryByDefault: 0.25,
    },
    solar_open: LLAMA_LIKE,
    laguna: {
      qkNorm: 'head',
      outputGate: 'head',
      localPeriod: 4,
      defaults: { first_k_dense_replace: 1 },
    },
    mellum: { ...LLAMA_LIKE, qkNorm: 'head', localPeriod: 4 },
    hyperclovax: { ...LLAMA_LIKE, residual: 'sandwich' },
    cosmos3_edge_text: { ...LLAMA_LIKE, plainMlp: true },
    muse_glimmer_text: { residual: 'sandwich', outputGate: 'element', localPeriod: 4 },
    inkling_text: { qkNorm: 'head', localPeriod: 6, mixers: { hybrid: readAttention } },
    aria_text: LLAMA_LIKE,
    nanochat: { plainMlp: true },
    minicpm: { tiedByDefault: true },
    jais2: { ...LLAMA_LIKE, norm: 'layernorm', normBias: true, plainMlp: true },
    persimmon: {
      norm: 'layernorm',
      normBias: true,
      plainMlp: true,
      qkvBias: true,
      outBias: true,
      mlpBias: true,
      qkNorm: 'head',
      rotaryByDefault: 0.5,
    },
  },
}

/** Every so many layers one has no rotation. */
function unrotatedLayers(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { no_rope_layers, no_rope_layer_interval = 4, num_hidden_layers = 36 } = values
  if (Array.isArray(no_rope_layers)) return { ...values }
  const interval = Number(no_rope_layer_interval)
  const layers = Array.from({ length: Number(num_hidden_layers) }, (_, layer) =>
    (layer + 1) % interval === 0 ? 0 : 1,
  )
  return { ...values, no_rope_layers: layers }
}
