// GPT-2 and GPT-3, GPT-Neo, GPT-NeoX, GPT-J, CodeGen, OPT, BLOOM, MPT, StarCoder; GPT-OSS.
import { type Architecture, CLASSIC, type Family, transformers } from './family.js'

const LEARNED: Architecture = { ...CLASSIC, positions: 'learned' }

export const GPT: Family = {
  source: transformers(
    'gpt2',
    'gpt_bigcode',
    'gpt_neo',
    'gpt_neox',
    'gptj',
    'codegen',
    'opt',
    'bloom',
    'mpt',
    'starcoder2',
    'gpt_oss',
  ),
  types: {
    gpt2: LEARNED,
    gpt_bigcode: LEARNED,
    gpt_neo: { ...LEARNED, qkvBias: false },
    gpt_neox: { ...CLASSIC, residual: 'parallel', rotaryByDefault: 0.25 },
    gptj: { ...CLASSIC, qkvBias: false, outBias: false, residual: 'parallel', headBias: true },
    codegen: { ...CLASSIC, qkvBias: false, outBias: false, residual: 'parallel', headBias: true },
    opt: LEARNED,
    bloom: { ...CLASSIC, positions: 'none' },
    mpt: { norm: 'layernorm', positions: 'none', plainMlp: true, tiedByDefault: true },
    starcoder2: CLASSIC,
    gpt_oss: { qkvBias: true, outBias: true, expertBias: true, localPeriod: 2, sinks: true },
  },
}
