// Every family of models that is known. Adding one is a file beside this one and a line here.
import { COHERE } from './cohere.js'
import { DEEPSEEK } from './deepseek.js'
import type { Architecture, Family } from './family.js'
import { GEMMA } from './gemma.js'
import { GLM } from './glm.js'
import { GPT } from './gpt.js'
import { INTERNLM } from './internlm.js'
import { LLAMA } from './llama.js'
import { MINIMAX } from './minimax.js'
import { MISTRAL } from './mistral.js'
import { PHI } from './phi.js'
import { QWEN } from './qwen.js'

export const FAMILIES: readonly Family[] = [
  LLAMA,
  MISTRAL,
  QWEN,
  DEEPSEEK,
  GLM,
  GPT,
  PHI,
  GEMMA,
  INTERNLM,
  COHERE,
  MINIMAX,
]

/** A known `model_type` with its facts, by any spelling of it. */
export function findArchitecture(
  modelType: string,
): { type: string; traits: Architecture } | undefined {
  const name = modelType.toLowerCase().replace(/-/g, '_')
  for (const { types, synonyms = {} } of FAMILIES) {
    const type = Object.hasOwn(synonyms, name) ? synonyms[name]! : name
    if (Object.hasOwn(types, type)) return { type, traits: types[type]! }
  }
  return undefined
}
