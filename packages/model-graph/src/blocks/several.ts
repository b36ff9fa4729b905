// Several mixers in one layer: beside each other on the same input (Falcon-H1), or one after the other
// with a norm between (decoders of encoder-decoder models).
import type { StepDtypes } from '../dtypes.js'
import type { Layout } from '../parallelism.js'
import { type MixerBlock, plain } from './block.js'
import type { Mixer } from './mixer.js'

/** Mixers that run on the same input beside each other, or one after the other with a norm between. */
export interface SeveralMixers {
  type: 'several'
  order: 'beside' | 'after'
  mixers: Exclude<Mixer, SeveralMixers>[]
}

interface KnownMixers {
  blockOf<Kind extends Mixer>(mixer: Kind): MixerBlock<Kind>
  cacheBytes(mixer: Mixer, tokens: number, layout: Layout, dtypes: StepDtypes): number
}

/** The block of several mixers, given the blocks of the others and how their caches are counted. */
export function severalBlock({ blockOf, cacheBytes }: KnownMixers): MixerBlock<SeveralMixers> {
  return {
    weights: ({ order, mixers }, hidden) => [
      ...mixers.flatMap((mixer) => blockOf(mixer).weights(mixer, hidden)),
      ...(order === 'after'
        ? [plain('inner_norms', (mixers.length - 1) * hidden, 'replicated')]
        : []),
    ],
    divided: ({ mixers }) => mixers.flatMap((mixer) => blockOf(mixer).divided(mixer)),
    cacheBytesPerToken: ({ mixers }, layout, dtypes) =>
      sum(mixers, (mixer) => blockOf(mixer).cacheBytesPerToken?.(mixer, layout, dtypes) ?? 0),
    cacheBytes: ({ mixers }, tokens, layout, dtypes) =>
      sum(mixers, (mixer) => cacheBytes(mixer, tokens, layout, dtypes)),
    stateBytes: ({ mixers }, layout, dtypes) =>
      sum(mixers, (mixer) => blockOf(mixer).stateBytes?.(mixer, layout, dtypes) ?? 0),
    activationWidth: ({ mixers }) => sum(mixers, (mixer) => blockOf(mixer).activationWidth(mixer)),
    addOps: (b, { order, mixers }) => {
      const { hidden } = b.model
      for (const [index, mixer] of mixers.entries()) {
        if (index > 0 && order === 'after') {
          b.reduceTensor(`mixer_${index}`, 'self_attn', false)
          b.norm(`inner_norm_${index}`, 'inner_norm', 'tokens', hidden, true)
        }
        blockOf(mixer).addOps(b, mixer)
      }
      if (order === 'beside')
        b.pointwise('mixer_add', '', {
          rows: 'tokens',
          cols: hidden,
          function: 'add',
          inputs: mixers.length,
        })
    },
  }
}

function sum(mixers: readonly Mixer[], of: (mixer: Mixer) => number): number {
  return mixers.reduce((total, mixer) => total + of(mixer), 0)
}
