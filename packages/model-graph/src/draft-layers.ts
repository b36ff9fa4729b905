// The layers with which a model drafts tokens for itself, as a model: what it has for multi-token prediction, or one
// more layer as in EAGLE. Before them a hidden state and an embedding are projected to one vector; embedding and head
// are those of the model.
//
// Sources: DeepSeek-AI, "DeepSeek-V3 Technical Report" (2024), 2.2; Li et al., "EAGLE" (2024), 3.1.
import type { FeedForward } from './blocks/feed-forward.js'
import { type MemoryOptions, type MemoryUse, memoryUse } from './memory.js'
import type { LayerKind, ModelConfig } from './model.js'

/** Layers that draft. */
export interface DraftLayers {
  /** What a draft pass runs. */
  model: ModelConfig
  /** Passes whose layers have separate weights and keys; later passes run the same layers again. */
  copies: number
}

/** The layers of multi-token prediction; undefined where a model has none. */
export function predictorLayers(model: ModelConfig): DraftLayers | undefined {
  const { predictor } = model
  if (predictor === undefined) return undefined
  const { kinds, depth, separate } = predictor
  return { model: draftModel(model, 'mtp', kinds), copies: separate ? depth : 1 }
}

/** One layer like the last that attends to keys, with a network for every token (EAGLE). */
export function eagleLayer(model: ModelConfig): DraftLayers {
  const { layerKinds, layers } = model
  const inOrder = layers.map((kind) => layerKinds[kind]!)
  const last =
    inOrder.findLast(({ mixer }) => ['attention', 'mla', 'compressed'].includes(mixer.type)) ??
    inOrder.at(-1)!
  const ffn = inOrder.findLast((kind) => kind.ffn.type === 'dense')?.ffn ?? denseOf(last.ffn)
  return { model: draftModel(model, 'eagle', [{ mixer: last.mixer, ffn }]), copies: 1 }
}

/** A network as wide as the experts that a token uses. */
function denseOf(ffn: FeedForward): FeedForward {
  if (ffn.type !== 'moe') return ffn
  const { topk, inter, shared, gated, activation, bias } = ffn
  return { type: 'dense', inter: topk * inter + (shared?.inter ?? 0), gated, activation, bias }
}

function draftModel(model: ModelConfig, what: string, kinds: LayerKind[]): ModelConfig {
  const { extras: _, encoder: _encoder, towers: _towers, predictor: _predictor, ...plain } = model
  const { hidden } = model
  return {
    ...plain,
    name: `${model.name} ${what}`,
    layerKinds: kinds,
    layers: kinds.map((_, index) => index),
    others: [
      {
        name: 'draft_proj',
        parameters: 2 * hidden * hidden + 2 * hidden,
        linears: [{ n: hidden, k: 2 * hidden, rowShare: 1 }],
      },
    ],
  }
}

/**
 * Memory of layers that draft on each device, beside that of their model.
 * @throws {@link ModelGraphError} as `memoryUse` does
 */
export function draftMemory(
  { model, copies }: DraftLayers,
  options: MemoryOptions,
): Pick<MemoryUse, 'weightBytes' | 'stateBytesPerSequence' | 'sequenceBytes'> {
  // Embedding and head are there already.
  const own = memoryUse({ ...model, vocab: 0, head: 'none', positions: 'none' }, options)
  return {
    weightBytes: copies * own.weightBytes,
    stateBytesPerSequence: copies * own.stateBytesPerSequence,
    sequenceBytes: (tokens) => copies * own.sequenceBytes(tokens),
  }
}
