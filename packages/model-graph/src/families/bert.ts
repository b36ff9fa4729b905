// Encoders: BERT, RoBERTa and XLM-R (BGE, E5), DistilBERT, ModernBERT, Nomic and GTE. Tokens see those
// after them, and there is no LM head.
import type { Fields } from '../config/fields.js'
import type { OtherWeights } from '../model.js'
import { type Architecture, CLASSIC, type Family, LLAMA_LIKE, transformers } from './family.js'

const ENCODER: Architecture = {
  ...CLASSIC,
  head: 'none',
  bidirectional: true,
  residual: 'post',
  positions: 'learned',
  others: embeddingNorms,
}
const ROTARY: Architecture = {
  head: 'none',
  bidirectional: true,
  norm: 'layernorm',
  normBias: true,
  residual: 'post',
  others: embeddingNorms,
}

const BIASED: Architecture = { qkvBias: true, outBias: true, mlpBias: true }

export const BERT: Family = {
  source: transformers(
    'bert',
    'roberta',
    'xlm_roberta',
    'distilbert',
    'modernbert',
    'nomic_bert',
    'gte',
  ),
  types: {
    bert: ENCODER,
    roberta: ENCODER,
    xlm_roberta: ENCODER,
    camembert: ENCODER,
    mpnet: ENCODER,
    distilbert: ENCODER,
    electra: ENCODER,
    ernie: ENCODER,
    eurobert: { ...LLAMA_LIKE, head: 'none', bidirectional: true },
    jina_embeddings_v3: { ...ROTARY, ...BIASED, plainMlp: true },
    nomic_bert: ROTARY,
    gte: { ...ROTARY, qkvBias: true, outBias: true },
    modernbert: {
      head: 'none',
      bidirectional: true,
      norm: 'layernorm',
      layerTypes: everyThirdGlobal,
      normalize: ({ local_attention = 128, ...values }) => ({
        ...values,
        sliding_window: local_attention,
      }),
    },
  },
  synonyms: { new: 'gte' },
}

/** Types of segments, and the norm of the embeddings. */
function embeddingNorms(fields: Fields, hidden: number): OtherWeights[] {
  const segments = fields.count(0, 'type_vocab_size')
  const pooler = isPooled(fields) ? hidden * (hidden + 1) : 0
  return [{ name: 'embed_segments', parameters: (segments + 2) * hidden + pooler }]
}

/** `BertModel` projects its first token; heads for other tasks, and DistilBERT, do not. */
function isPooled(fields: Fields): boolean {
  const names = fields.raw('architectures')
  return (
    Array.isArray(names) &&
    /^(Bert|Roberta|XLMRoberta|Camembert|MPNet)Model$/.test(String(names[0]))
  )
}

function everyThirdGlobal(fields: Fields, layers: number): string[] {
  const every = fields.optionalSize('global_attn_every_n_layers') ?? 3
  return Array.from({ length: layers }, (_, layer) => (layer % every === 0 ? 'full' : 'local'))
}
