// The kind of each layer: which mixer, which feed-forward network.
import type { Mixer } from '../blocks/mixer.js'
import type { Architecture, LayerContext } from '../families/family.js'
import type { LayerKind } from '../model.js'
import type { Fields } from './fields.js'
import { layerTypes } from './layer-types.js'
import { readAnyAttention } from './read-attention.js'
import { readFeedForward } from './read-feed-forward.js'

/** The kind of each layer of a model, first to last. */
export function readLayers(
  fields: Fields,
  traits: Architecture,
  layers: number,
  hidden: number,
): LayerKind[] {
  const types = layerTypes(fields, traits, layers)
  return types.map((type, layer) => {
    const context: LayerContext = { fields, traits, hidden, layer, type, types }
    return { mixer: readMixer(context), ffn: readFeedForward(context) }
  })
}

function readMixer(context: LayerContext): Mixer {
  return context.traits.mixers?.[context.type]?.(context) ?? readAnyAttention(context)
}
