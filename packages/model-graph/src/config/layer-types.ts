// The type of each layer: which mixer it has, in one word. `full`, `local` and `chunked` are softmax
// attention; what the others are, the family's file says.
import type { Architecture } from '../families/family.js'
import type { Fields } from './fields.js'

/** Names of types in configurations, and ours. */
const NAMES: Readonly<Record<string, string>> = {
  full_attention: 'full',
  attention: 'full',
  global_attention: 'full',
  indexed_attention: 'full',
  sparse_attention: 'full',
  hybrid_sliding: 'local',
  sliding_attention: 'local',
  chunked_attention: 'chunked',
  linear_attention: 'linear',
  mamba: 'mamba',
  mamba2: 'mamba',
  conv: 'conv',
  hybrid: 'hybrid',
  moe: 'moe',
  mlp: 'mlp',
}

/** Fields that list them. */
const LISTS = ['layer_types', 'layers_block_type', 'layer_block_types'] as const

/** The type of each layer of a model, first to last. */
export function layerTypes(fields: Fields, traits: Architecture, layers: number): string[] {
  const name = LISTS.find((list) => Array.isArray(fields.raw(list)))
  if (name !== undefined) return named(fields, traits, name, layers)
  const own = traits.layerTypes?.(fields, layers)
  if (own !== undefined) return own
  const each = (of: (layer: number) => string) => Array.from({ length: layers }, (_, i) => of(i))
  const local = traits.chunked === true ? 'chunked' : 'local'
  if (!fields.has('sliding_window', 'sliding_window_size', 'attention_chunk_size')) {
    return each(() => 'full')
  }
  const pattern = fields.raw('hybrid_layer_pattern')
  if (Array.isArray(pattern)) {
    const flags = fields.list('hybrid_layer_pattern', layers)!
    return each((layer) => (flags[layer] === 1 ? 'local' : 'full'))
  }
  const unrotated = fields.raw('no_rope_layers')
  if (traits.chunked === true && Array.isArray(unrotated) && unrotated.length >= layers) {
    return each((layer) => (unrotated[layer] === 0 ? 'full' : local))
  }
  // The field may be a number, or a pattern of letters such as LLLG.
  const letters = fields.raw('sliding_window_pattern')
  if (typeof letters === 'string' && /^[LG]+$/.test(letters)) {
    return each((layer) => (letters.charAt(layer % letters.length) === 'L' ? 'local' : 'full'))
  }
  if (traits.localPeriod !== undefined) {
    const period =
      fields.optionalSize(
        'sliding_window_pattern',
        '_sliding_window_pattern',
        'global_attn_every_n_layers',
      ) ?? traits.localPeriod
    return each((layer) => ((layer + 1) % period === 0 ? 'full' : local))
  }
  if (!fields.flag('use_sliding_window', traits.windowOffByDefault !== true)) {
    return each(() => 'full')
  }
  const full = fields.count(0, 'max_window_layers')
  return each((layer) => (layer < full ? 'full' : local))
}

function named(fields: Fields, traits: Architecture, list: string, layers: number): string[] {
  const names = fields.list(list, layers)!
  const known = ['full', 'local', 'chunked', ...Object.keys(traits.mixers ?? {})]
  return Array.from({ length: layers }, (_, layer) => {
    const name = names[layer]
    const own = typeof name === 'string' ? (NAMES[name] ?? name) : undefined
    // Newer files call Mamba layers linear attention.
    const type = own === 'linear' && !known.includes(own) ? 'mamba' : own
    if (type !== undefined && known.includes(type)) return type
    throw fields.fault(
      `${list}[${layer}]`,
      `the kind of block ${JSON.stringify(name)} is not known in this family; ${known.join(', ')} are; the generic reading takes softmax attention in its place`,
    )
  })
}
