// Step 3, whose queries are projected through one shared layer, and Step 3.5 to 3.7.
import type { AttentionMixer } from '../blocks/attention.js'
import type { Fields } from '../config/fields.js'
import { readAttention } from '../config/read-attention.js'
import { readDense } from '../config/read-feed-forward.js'
import type { LayerKind } from '../model.js'
import { type Architecture, type Family, type LayerContext, transformers } from './family.js'

export const STEP: Family = {
  source: `${transformers('step3p7')}; config.json and modelling code of stepfun-ai/step3 on Hugging Face`,
  types: {
    step3_text: { mixers: { full: readFactorized } },
    step3p5: {
      qkNorm: 'head',
      outputGate: 'head',
      defaults: { first_k_dense_replace: 3 },
      predictorKinds: densePredictor,
      normalize: ({ attention_other_setting, ...values }) => ({
        ...values,
        ...(isObject(attention_other_setting)
          ? { num_sliding_attention_heads: attention_other_setting.num_attention_heads }
          : {}),
      }),
    },
  },
  synonyms: { step3_vl: 'step3_text', step3p7: 'step3p5', step3p6: 'step3p5' },
}

function readFactorized(context: LayerContext): AttentionMixer {
  const queryRank = context.fields.optionalSize('share_q_dim')
  const mixer = readAttention(context)
  return queryRank === undefined ? mixer : { ...mixer, queryRank }
}

/** Its layers of multi-token prediction have windows and dense networks. */
function densePredictor(fields: Fields, hidden: number): LayerKind[] {
  const traits: Architecture = { qkNorm: 'head', outputGate: 'head' }
  const type = fields.has('sliding_window') ? 'local' : 'full'
  const context = { fields, traits, hidden, layer: 0, type, types: [type] }
  return [{ mixer: readAttention(context), ffn: readDense(context) }]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
