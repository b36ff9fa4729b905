// Every kind of mixer. Adding one is a file beside this one and a line in each list here.
import type { StepDtypes } from '../dtypes.js'
import type { Layout } from '../parallelism.js'
import { ATTENTION, type AttentionMixer } from './attention.js'
import type { MixerBlock } from './block.js'
import { COMPRESSED_ATTENTION, type CompressedMixer } from './compressed-attention.js'
import { CONVOLUTION, type ConvolutionMixer } from './convolution.js'
import { CROSS_ATTENTION, type CrossMixer } from './cross-attention.js'
import { LATENT_ATTENTION, type LatentAttentionMixer } from './latent-attention.js'
import { LINEAR_ATTENTION, type LinearMixer } from './linear-attention.js'
import { MAMBA, type MambaMixer } from './mamba.js'
import { RWKV, type RwkvMixer } from './rwkv.js'
import { type SeveralMixers, severalBlock } from './several.js'

/** A layer that does not mix tokens, or has no feed-forward network. */
export interface Nothing {
  type: 'none'
}

/** How a layer mixes tokens. */
export type Mixer =
  | AttentionMixer
  | CrossMixer
  | LatentAttentionMixer
  | CompressedMixer
  | LinearMixer
  | MambaMixer
  | RwkvMixer
  | ConvolutionMixer
  | SeveralMixers
  | Nothing

const NONE: MixerBlock<Nothing> = {
  weights: () => [],
  divided: () => [],
  activationWidth: () => 0,
  addOps: () => {},
}

const BLOCKS: { [Type in Mixer['type']]: MixerBlock<Extract<Mixer, { type: Type }>> } = {
  attention: ATTENTION,
  cross: CROSS_ATTENTION,
  mla: LATENT_ATTENTION,
  compressed: COMPRESSED_ATTENTION,
  linear: LINEAR_ATTENTION,
  mamba: MAMBA,
  rwkv7: RWKV,
  convolution: CONVOLUTION,
  several: severalBlock({ blockOf, cacheBytes }),
  none: NONE,
}

/** What the package knows of the kind of a mixer. */
export function blockOf<Kind extends Mixer>(mixer: Kind): MixerBlock<Kind> {
  return BLOCKS[mixer.type] as unknown as MixerBlock<Kind>
}

/** Bytes of cache that a sequence of so many tokens has on one device. */
export function cacheBytes(
  mixer: Mixer,
  tokens: number,
  layout: Layout,
  dtypes: StepDtypes,
): number {
  const block = blockOf(mixer)
  return (
    block.cacheBytes?.(mixer, tokens, layout, dtypes) ??
    tokens * (block.cacheBytesPerToken?.(mixer, layout, dtypes) ?? 0)
  )
}
