// Llama 2 to 4 and decoders with its layers.
import { type Architecture, type Family, LLAMA_LIKE, transformers } from './family.js'

const PLAIN: Architecture = {}

export const LLAMA: Family = {
  source: `${transformers('llama', 'llama4', 'cwm', 'helium', 'bitnet')}; modelling code of 01-ai/Yi-34B, baichuan-inc/Baichuan2-13B-Base on Hugging Face`,
  types: {
    llama: LLAMA_LIKE,
    yi: PLAIN,
    baichuan: PLAIN,
    aquila: PLAIN,
    xverse: PLAIN,
    solar: LLAMA_LIKE,
    helium: LLAMA_LIKE,
    bitnet: LLAMA_LIKE,
    cwm: { ...PLAIN, localPeriod: 4 },
    llama4_text: {
      ...LLAMA_LIKE,
      qkNorm: { field: 'use_qk_norm', style: 'head' },
      localPeriod: 4,
      chunked: true,
      unrotatedFull: true,
      denseWidth: 'intermediate_size_mlp',
      sharedAsRouted: true,
      // Layers without rotation attend to all keys; files that leave the norm out have none.
      defaults: { use_qk_norm: false },
    },
  },
  synonyms: { llama4: 'llama4_text', emu3_text_model: 'llama' },
}
