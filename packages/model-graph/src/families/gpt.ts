// GPT-2 and GPT-3, GPT-NeoX, GPT-J, OPT, StarCoder2; GPT-OSS.
import { CLASSIC, type Family, transformers } from './family.js'

export const GPT: Family = {
  source: transformers('gpt2', 'gpt_neox', 'gptj', 'opt', 'starcoder2', 'gpt_oss'),
  types: {
    gpt2: { ...CLASSIC, positions: 'learned', tiedByDefault: true },
    gpt_neox: { ...CLASSIC, residual: 'parallel', rotaryByDefault: 0.25 },
    gptj: { ...CLASSIC, qkvBias: false, outBias: false, residual: 'parallel', headBias: true },
    opt: { ...CLASSIC, positions: 'learned', tiedByDefault: true },
    starcoder2: { ...CLASSIC, tiedByDefault: true },
    gpt_oss: { qkvBias: true, outBias: true, expertBias: true, localPeriod: 2 },
  },
}
