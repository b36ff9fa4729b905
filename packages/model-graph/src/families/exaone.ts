// EXAONE 3 and 4: norms after each block, and global layers without rotation where others are local.
import { type Family, transformers } from './family.js'

export const EXAONE: Family = {
  source: `${transformers('exaone4', 'exaone_moe')}; modelling code of LGAI-EXAONE/EXAONE-3.5-7.8B-Instruct on Hugging Face`,
  types: {
    exaone: {},
    exaone4: { residual: 'post', qkNorm: 'head', localPeriod: 4 },
    exaone_moe: { qkNorm: 'head', localPeriod: 4 },
  },
}
