// Models of Mamba layers alone, and Jamba, which has attention in every eighth layer.
import type { Fields } from '../config/fields.js'
import { readMamba1, readMamba2 } from '../config/read-state.js'
import { type Architecture, type Family, transformers } from './family.js'

const ALONE: Architecture = {
  positions: 'none',
  layerTypes: (_, layers) => new Array<string>(layers).fill('mamba'),
  feedForward: () => ({ type: 'none' }),
}

export const MAMBA: Family = {
  source: transformers('mamba', 'mamba2', 'jamba'),
  types: {
    mamba: { ...ALONE, mixers: { mamba: readMamba1 } },
    mamba2: { ...ALONE, mixers: { mamba: readMamba2 } },
    jamba: { positions: 'none', layerTypes: periodic, mixers: { mamba: readMamba1 } },
  },
}

function periodic(fields: Fields, layers: number): string[] {
  const period = fields.size('attn_layer_period')
  const offset = fields.count(0, 'attn_layer_offset')
  return Array.from({ length: layers }, (_, layer) =>
    layer % period === offset ? 'full' : 'mamba',
  )
}
