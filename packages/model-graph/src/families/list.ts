// Every family of models that is known. Adding one is a file beside this one and a line here.
import { BERT } from './bert.js'
import { COHERE } from './cohere.js'
import { DEEPSEEK } from './deepseek.js'
import defaults from './defaults.json' with { type: 'json' }
import { ENCODER_DECODERS } from './encoder-decoder.js'
import { ERNIE } from './ernie.js'
import { EXAONE } from './exaone.js'
import { FALCON } from './falcon.js'
import type { Architecture, Family } from './family.js'
import { GEMMA } from './gemma.js'
import { GLM } from './glm.js'
import { GPT } from './gpt.js'
import { GRANITE } from './granite.js'
import { HUNYUAN } from './hunyuan.js'
import { INTERNLM } from './internlm.js'
import { KIMI } from './kimi.js'
import { LFM } from './lfm.js'
import { LING } from './ling.js'
import { LLAMA } from './llama.js'
import { LONGCAT } from './longcat.js'
import { MAMBA } from './mamba.js'
import { MIMO } from './mimo.js'
import { MINIMAX } from './minimax.js'
import { MISTRAL } from './mistral.js'
import { NEMOTRON } from './nemotron.js'
import { OLMO } from './olmo.js'
import { OPEN_DECODERS } from './open-decoders.js'
import { PHI } from './phi.js'
import { QWEN } from './qwen.js'
import { RWKV_7 } from './rwkv.js'
import { STEP } from './step.js'

export const FAMILIES: readonly Family[] = [
  LLAMA,
  MISTRAL,
  QWEN,
  DEEPSEEK,
  KIMI,
  GLM,
  MINIMAX,
  GPT,
  PHI,
  GEMMA,
  NEMOTRON,
  STEP,
  LONGCAT,
  MIMO,
  HUNYUAN,
  ERNIE,
  EXAONE,
  OLMO,
  GRANITE,
  FALCON,
  MAMBA,
  RWKV_7,
  LFM,
  LING,
  INTERNLM,
  COHERE,
  OPEN_DECODERS,
  BERT,
  ENCODER_DECODERS,
]

/** A known `model_type` with its facts, by any spelling of it, with `_text` or without. */
export function findArchitecture(
  modelType: string,
): { type: string; traits: Architecture } | undefined {
  const name = modelType.toLowerCase().replace(/-/g, '_')
  const spellings = [name, name.replace(/_text$/, ''), `${name}_text`]
  for (const spelling of spellings) {
    for (const { types, synonyms = {} } of FAMILIES) {
      const type = Object.hasOwn(synonyms, spelling) ? synonyms[spelling]! : spelling
      if (Object.hasOwn(types, type)) return { type, traits: types[type]! }
    }
  }
  return undefined
}

/** Values of fields that a file may leave out, by the published configuration class of a `model_type`. */
export function publishedDefaults(type: string): Readonly<Record<string, unknown>> {
  const { classes } = defaults as { classes: Record<string, Record<string, unknown>> }
  return Object.hasOwn(classes, type) ? classes[type]! : {}
}
