// Vision and audio towers from the nested configurations of multimodal models. A tower is read as a
// separate encoder; patch embedding, position table and the projection to the language model are other weights.
// Sources: transformers 5.18.0, models/qwen2_vl, qwen2_5_vl, qwen3_vl, glm4v, gemma3, gemma4, pixtral,
// mistral3, internvl, llama4, kimi_k25, minimax_m3_vl, step3p7, whisper.

import { ModelGraphError } from '../errors.js'
import type { Tower } from '../model.js'
import { Fields } from './fields.js'
import { readAudioTower } from './read-audio-tower.js'
import { TOWER_FACTS, type TowerFacts } from './tower-facts.js'

/** The towers of a model, and what was not read or not stated. */
export interface ReadTowers {
  read: Tower[]
  assumed: string[]
  ignored: string[]
}

/** @param width - hidden size of the language model */
export function readTowers(outer: Fields, width: number): ReadTowers {
  const found: ReadTowers = { read: [], assumed: [], ignored: [] }
  const kinds = [
    ['vision', ['vision_config', 'visual', 'vision_tower_config']],
    ['audio', ['audio_config']],
  ] as const
  for (const [kind, names] of kinds) {
    const name = names.find((each) => isObject(outer.raw(each)))
    if (name === undefined) {
      if (outer.has(...names)) found.ignored.push(`${kind} tower`)
      continue
    }
    const stated = outer.object(name)!
    const facts = factsOf(stated, outer)
    const fields = stated.withDefaults(facts.defaults ?? {}, `the ${kind} tower of ${facts.name}`)
    try {
      const read = kind === 'vision' ? readVision : readAudioTower
      found.read.push(read(fields, facts, width))
      found.assumed.push(...fields.assumed)
    } catch (error) {
      // A tower that is not known is left out and said: the language model is what is asked for.
      if (!(error instanceof ModelGraphError)) throw error
      found.ignored.push(`${kind} tower (${error.message})`)
    }
  }
  return found
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Facts by the name of the tower's own type, else of the model around it. */
function factsOf(fields: Fields, outer: Fields): TowerFacts {
  const names = [fields.text('model_type'), outer.text('model_type')].map(
    (name) => name?.toLowerCase().replace(/-/g, '_') ?? '',
  )
  for (const name of names) {
    const known = TOWER_FACTS.find(({ pattern }) => pattern.test(name))
    if (known !== undefined) return known
  }
  return TOWER_FACTS.at(-1)!
}

function readVision(fields: Fields, facts: TowerFacts, width: number): Tower {
  const hidden = fields.size('embed_dim', 'vt_hidden_size', 'hidden_size', 'width')
  const layers = fields.size('depth', 'vt_num_hidden_layers', 'num_hidden_layers', 'layers')
  const heads = fields.size('num_heads', 'vt_num_attention_heads', 'num_attention_heads', 'heads')
  const ratio = fields.raw('mlp_ratio')
  const inter =
    fields.optionalSize(...(facts.inter === undefined ? INTER : [facts.inter])) ??
    Math.round(hidden * (typeof ratio === 'number' ? ratio : 4))
  const patch = first(fields, 'patch_size') ?? 14
  const merge = first(fields, 'spatial_merge_size', 'merge_kernel_size') ?? facts.merge ?? 1
  const frames = fields.optionalSize('temporal_patch_size') ?? 1
  const pixels = 3 * frames * patch * patch
  const qkvWidth = fields.optionalSize('qkv_hidden_size') ?? hidden
  const out = fields.optionalSize('out_hidden_size') ?? width
  const projector = facts.projector({ hidden, merge, width: out, fields })
  const positions = facts.positions?.(fields) ?? 0
  const image = facts.image?.(fields)
  return {
    kind: 'vision',
    patch,
    merge,
    ...(image === undefined ? {} : { image }),
    model: {
      name: `${facts.name} vision tower`,
      architecture: fields.text('model_type') ?? 'vision',
      hidden,
      vocab: 0,
      maxPositions: null,
      layerKinds: [
        {
          mixer: {
            type: 'attention',
            heads,
            kvHeads: heads,
            headDim: qkvWidth / heads,
            rotaryDim: 0,
            ...(facts.qkNorm === true ? { qkNorm: 'head' as const } : {}),
            qkvBias: facts.attentionBias,
            outBias: facts.attentionBias,
            bidirectional: true,
          },
          ffn: {
            type: 'dense',
            inter,
            gated: facts.gated,
            activation: 'gelu',
            bias: facts.mlpBias,
          },
        },
      ],
      layers: new Array<number>(layers).fill(0),
      norm: facts.norm,
      normBias: facts.norm === 'layernorm',
      residual: facts.sandwich === true ? 'sandwich' : 'sequential',
      positions: 'none',
      tiedEmbeddings: false,
      head: 'none',
      headBias: false,
      others: [
        {
          name: 'patch_embed',
          parameters: pixels * hidden + hidden,
          linears: [{ n: hidden, k: pixels, rowShare: 1 }],
        },
        { name: 'position_table', parameters: positions * hidden },
        ...projector,
      ],
      dtype: 'bf16',
      quantization: null,
      assumed: [],
      ignored: [],
    },
  }
}

const INTER = ['vt_intermediate_size', 'intermediate_size']

/** A number, or the first of a list of two. */
function first(fields: Fields, ...names: string[]): number | undefined {
  const name = fields.find(...names)
  const value = name === undefined ? undefined : fields.raw(name)
  const single = Array.isArray(value) ? value[0] : value
  if (single === undefined) return undefined
  return new Fields({ [name!]: single }, fields.source, fields.path).size(name!)
}
