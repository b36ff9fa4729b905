// What a vision tower works on and hands over, by the tokens that an image is to the language model.
import type { ModelConfig, Tower } from '../model.js'

/** Sequences of patches among which a tower's attention looks. */
export interface TowerWork {
  /** Tiles of the image; 1: it is whole. */
  sequences: number
  /** Patches of each. */
  patches: number
}

/** The patches of an image of so many tokens; where a model cuts images into tiles, of each of them. */
export function towerWork(tower: Tower, tokens: number): TowerWork {
  const { image, patch = 14, merge = 1 } = tower
  if (image?.type === 'square' || image?.type === 'tiles') {
    return { sequences: Math.ceil(tokens / image.tokens), patches: (image.side / patch) ** 2 }
  }
  return { sequences: 1, patches: tokens * merge * merge }
}

/**
 * Values that a tower gives the language model for each token of an image: a hidden state, and one more for each
 * level that goes deeper into the model (Qwen3-VL's DeepStack, which vLLM hands on side by side).
 */
export function embeddingWidth(tower: Tower, model: Pick<ModelConfig, 'hidden'>): number {
  const deeper = (tower.model.others ?? []).filter(({ name }) => name.startsWith('deep_merger'))
  return model.hidden * (1 + deeper.length)
}
