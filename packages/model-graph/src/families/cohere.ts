// Command R and Command A: parallel blocks, and global layers without rotation.
import { type Architecture, type Family, transformers } from './family.js'

const PARALLEL: Architecture = { norm: 'layernorm', residual: 'parallel', tiedByDefault: true }

export const COHERE: Family = {
  source: transformers('cohere', 'cohere2', 'cohere2_moe'),
  types: {
    cohere: {
      ...PARALLEL,
      qkNorm: { field: 'use_qk_norm', style: 'head' },
      defaults: { use_qk_norm: false },
    },
    cohere2: { ...PARALLEL, unrotatedFull: true, localPeriod: 4 },
    cohere2_moe: { ...PARALLEL, unrotatedFull: true, localPeriod: 4 },
  },
}
