// Nemotron: Minitron, Nemotron-H and Nemotron 3, whose layers are one block each (Mamba-2, attention,
// experts or a dense network), and the models that a search made of Llama (NAS).
import type { AttentionMixer } from '../blocks/attention.js'
import type { FeedForward } from '../blocks/feed-forward.js'
import type { Mixer } from '../blocks/mixer.js'
import type { Fields } from '../config/fields.js'
import { readAttention } from '../config/read-attention.js'
import { readDense, readExperts } from '../config/read-feed-forward.js'
import { readMamba2 } from '../config/read-state.js'
import type { LayerKind } from '../model.js'
import { type Architecture, type Family, type LayerContext, transformers } from './family.js'

const NONE = { type: 'none' } as const

const HYBRID: Architecture = {
  plainMlp: true,
  positions: 'none',
  mlpBias: 'mlp_bias',
  qkvBias: 'attention_bias',
  outBias: 'attention_bias',
  layerTypes: (fields) => letters(fields, 'hybrid_override_pattern'),
  mixers: { mamba: readMamba2, linear: readMamba2, moe: () => NONE, mlp: () => NONE },
  feedForward: readBlock,
  predictorKinds: readPredictor,
}

export const NEMOTRON: Family = {
  source: `${transformers('nemotron', 'nemotron_h')}; modelling code of nvidia/Llama-3_3-Nemotron-Super-49B-v1 on Hugging Face`,
  types: {
    nemotron: {
      norm: 'layernorm',
      normBias: true,
      plainMlp: true,
      qkvBias: 'attention_bias',
      outBias: 'attention_bias',
      mlpBias: 'mlp_bias',
      rotaryByDefault: 0.5,
    },
    nemotron_h: HYBRID,
    nemotron_nas: {
      layerTypes: searched,
      mixers: { searched: readSearchedMixer },
      feedForward: readSearchedNetwork,
    },
  },
}

const LETTERS: Readonly<Record<string, string>> = { M: 'mamba', '*': 'full', E: 'moe', '-': 'mlp' }

function letters(fields: Fields, name: string): string[] | undefined {
  const pattern = fields.text(name)
  if (pattern === undefined) return undefined
  return [...pattern].map((letter, layer) => {
    const type = LETTERS[letter]
    if (type !== undefined) return type
    throw fields.fault(
      `${name}[${layer}]`,
      `the kind of block "${letter}" is not known; M (Mamba-2), * (attention), E (experts) and - (dense) are`,
    )
  })
}

function readBlock(context: LayerContext): FeedForward {
  if (context.type === 'moe') return readExperts(context)
  return context.type === 'mlp' ? readDense(context) : NONE
}

function readPredictor(fields: Fields, hidden: number): LayerKind[] | undefined {
  const named = fields.raw('mtp_layers_block_type')
  const types =
    letters(fields, 'mtp_hybrid_override_pattern') ?? (Array.isArray(named) ? named : [])
  if (types.length === 0) return undefined
  return types.map((name, layer) => {
    const type = /attention|full/.test(String(name)) ? 'full' : String(name)
    const context = { fields, traits: HYBRID, hidden, layer, type, types: types.map(String) }
    const mixer: Mixer = type === 'full' ? readAttention(context) : NONE
    return { mixer, ffn: readBlock(context) }
  })
}

/** What a search left of a layer, as `block_configs` lists it. */
function searchedBlock({ fields, layer, types }: LayerContext, part: 'attention' | 'ffn'): Fields {
  const list = fields.list('block_configs', types.length)!
  const block = fields.nested(list[layer], `block_configs[${layer}]`)
  const own = block.object(part)
  if (own !== undefined) return own
  throw block.fault(part, 'is missing; what the search left of the layer belongs here')
}

function searched(fields: Fields, layers: number): string[] {
  if (fields.list('block_configs', layers) === undefined) {
    throw fields.fault(
      'block_configs',
      'is missing, and says which attention and network each layer of this family has; take the whole config.json, or the generic reading for a Llama with all layers',
    )
  }
  return new Array<string>(layers).fill('searched')
}

function readSearchedMixer(context: LayerContext): Mixer {
  const { fields, hidden } = context
  const block = searchedBlock(context, 'attention')
  if (block.flag('no_op', false)) return NONE
  const heads = fields.size('num_attention_heads')
  const kvHeads = heads / block.size('n_heads_in_group')
  const plain: AttentionMixer = {
    type: 'attention',
    heads,
    kvHeads,
    headDim: hidden / heads,
    rotaryDim: hidden / heads,
    qkvBias: false,
    outBias: false,
  }
  return plain
}

function readSearchedNetwork(context: LayerContext): FeedForward {
  const block = searchedBlock(context, 'ffn')
  if (block.flag('no_op', false)) return NONE
  const multiplier = block.raw('ffn_mult')
  if (typeof multiplier !== 'number')
    throw block.fault('ffn_mult', 'is missing; a number belongs here')
  const width = Math.trunc((2 * multiplier * context.hidden) / 3)
  const inter = 256 * Math.ceil(width / 256)
  return { type: 'dense', inter, gated: true, activation: 'silu', bias: false }
}
