// The built-in models, by name.
import { didYouMean } from '@flowsim/trace-schema'
import { readModel } from '../config/read-model.js'
import { ModelGraphError } from '../errors.js'
import type { ModelConfig } from '../model.js'
import { quantizeLinears, type SchemeName } from '../quantization.js'
import { BUILT_IN, type BuiltIn } from './builtin.js'

/** A line of the catalogue. */
export interface ListedModel {
  name: string
  aliases: readonly string[]
  /** Repository of its hub, `org/name`; null: it is published elsewhere. */
  repository: string | null
  /** Parameters that the publisher states. */
  parameters: number
  /** Parameters that one token uses, where stated. */
  active: number | null
}

/** The models that FlowSim knows by name, in the order of the catalogue. */
export function listModels(): ListedModel[] {
  return BUILT_IN.map(({ flowsim: { name, aliases, source, parameters, active = null } }) => ({
    name,
    aliases,
    repository: /^https:\/\/huggingface\.co\/([\w.-]+\/[\w.-]+)/.exec(source)?.[1] ?? null,
    parameters,
    active,
  }))
}

/**
 * Endings of repository names that say how a model is quantised, the longest first. What "FP8" means
 * depends on who published it: Qwen, DeepSeek, Z.ai and MiniMax scale blocks, others whole tensors.
 */
const ENDINGS: [ending: string, scheme: SchemeName][] = [
  ['-fp8-dynamic', 'fp8_channel'],
  ['-quantized.w8a8', 'int8'],
  ['-quantized.w4a16', 'int4'],
  ['-gptq-int4', 'int4'],
  ['-gptq-int8', 'int8_weight_only'],
  ['-w4a16', 'int4'],
  ['-nvfp4', 'nvfp4'],
  ['-fp4', 'nvfp4'],
  ['-awq', 'int4'],
  ['-fp8', 'fp8'],
]
const BLOCK_FP8_OWNERS = new Set(['qwen', 'deepseek-ai', 'zai-org', 'minimaxai'])

/**
 * A model of the catalogue. Capitals, the owner before a "/" and names of the same architecture
 * (`meta-llama/Llama-3.1-8B-Instruct` for `llama-3.1-8b`) make no difference; endings such as
 * `-FP8` and `-NVFP4` quantise its linear layers.
 * @throws {@link ModelGraphError} `unknown_model`, with the names that come closest
 */
export function findModel(name: string): ModelConfig {
  const exact = builtInModel(name)
  if (exact !== undefined) return exact
  const path = name.trim().toLowerCase().split('/')
  const wanted = path.at(-1)!
  for (const [ending, scheme] of ENDINGS) {
    const entry = wanted.endsWith(ending) ? findEntry(wanted.slice(0, -ending.length)) : undefined
    if (entry === undefined) continue
    const inBlocks = ending === '-fp8' && BLOCK_FP8_OWNERS.has(path.at(-2) ?? '')
    const parts = quantizeLinears(inBlocks ? 'fp8_block' : scheme)
    return { ...read(entry, `${entry.flowsim.name}${ending}`), quantization: { parts } }
  }
  const names = BUILT_IN.flatMap(({ flowsim }) => [flowsim.name, ...flowsim.aliases])
  const close = didYouMean(wanted, names, {
    nameOf: (known) => findEntry(known)!.flowsim.name,
  })
  throw new ModelGraphError(
    'unknown_model',
    `model "${name}": is not in the catalogue; read its config.json, or give another name${close}`,
    { path: 'model' },
  )
}

/** The built-in model of exactly this name or alias, capitals and owner left aside. */
export function builtInModel(name: string): ModelConfig | undefined {
  const entry = findEntry(name.trim().toLowerCase().split('/').at(-1)!)
  return entry === undefined ? undefined : read(entry, entry.flowsim.name)
}

function read(file: { flowsim: BuiltIn }, name: string): ModelConfig {
  return readModel(file, { source: file.flowsim.name, name })
}

function findEntry(name: string): { flowsim: BuiltIn } | undefined {
  return BUILT_IN.find(({ flowsim }) => flowsim.name === name || flowsim.aliases.includes(name))
}
