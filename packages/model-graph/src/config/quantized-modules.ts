// Which parts of a model the lists of modules in a quantisation speak of.
import type { WeightPart } from '../quantization.js'
import type { Fields } from './fields.js'

const LISTS = ['ignore', 'modules_to_not_convert', 'exclude_modules', 'ignored_layers', 'exclude']

/** Parts whose weights keep the model's own type. */
export function excludedParts(fields: Fields, layers: number): WeightPart[] {
  const layersOf = new Map<WeightPart, Set<string>>()
  for (const pattern of LISTS.flatMap((name) => texts(fields.raw(name)))) {
    const one = /layers?\.(\d+)\./.exec(pattern)?.[1]
    for (const part of partsOf(pattern)) {
      const seen = layersOf.get(part) ?? new Set()
      seen.add(one ?? 'all')
      layersOf.set(part, seen)
    }
  }
  return [...layersOf]
    .filter(([, seen]) => seen.has('all') || seen.size * 2 >= layers)
    .map(([part]) => part)
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** `mlp*` names a dense network, and one that stands beside experts. */
function partsOf(pattern: string): WeightPart[] {
  if (/\.mlp\*?$/.test(pattern)) return ['mlp', 'shared']
  const part = partOf(pattern)
  return part === undefined ? [] : [part]
}

/** The part that a module, or a pattern of names of modules, belongs to. */
export function partOf(pattern: string): WeightPart | undefined {
  if (/vision|visual|audio|projector|mtp/.test(pattern)) return undefined
  // Norms, routers and indexers are never quantised, whatever the rest is.
  if (/norm|router|indexer|embed|\bgate$|gate\.e_score|shared_expert_gate/.test(pattern)) {
    return undefined
  }
  if (/attn|attention/.test(pattern)) return 'attention'
  if (/shared_expert/.test(pattern)) return 'shared'
  if (/experts/.test(pattern)) return 'experts'
  if (/(mlp|feed_forward|ffn).*(proj|w[123])/.test(pattern)) return 'mlp'
  return undefined
}
