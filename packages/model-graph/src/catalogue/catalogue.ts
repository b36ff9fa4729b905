// The built-in models, by name.
import { readModel } from '../config/read-model.js'
import { ModelGraphError } from '../errors.js'
import type { ModelConfig } from '../model.js'
import type { CatalogueEntry } from './entry.js'
import { LLAMA_FAMILY } from './llama.js'
import { LATENT_FAMILY } from './mla.js'
import { OTHER_FAMILIES } from './others.js'
import { QWEN_FAMILY } from './qwen.js'

const ENTRIES: CatalogueEntry[] = [
  ...LLAMA_FAMILY,
  ...QWEN_FAMILY,
  ...LATENT_FAMILY,
  ...OTHER_FAMILIES,
]

/** A line of the catalogue. */
export interface ListedModel {
  name: string
  aliases: readonly string[]
  /** Parameters that the publisher states. */
  parameters: number
  /** Parameters that one token uses, where stated. */
  active: number | null
}

/** The models that FlowSim knows by name, in the order of the catalogue. */
export function listModels(): ListedModel[] {
  return ENTRIES.map(({ name, aliases = [], parameters, active = null }) => ({
    name,
    aliases,
    parameters,
    active,
  }))
}

/**
 * A model of the catalogue. Capitals, the owner before a "/" and names of the same architecture
 * (`meta-llama/Llama-3.1-8B-Instruct` for `llama-3.1-8b`) make no difference.
 * @throws {@link ModelGraphError} `unknown_model`, with the names that come closest
 */
export function findModel(name: string): ModelConfig {
  const wanted = normal(name)
  const entry = ENTRIES.find(
    (candidate) => candidate.name === wanted || candidate.aliases?.includes(wanted),
  )
  if (entry === undefined) {
    const close = closest(wanted)
    throw new ModelGraphError(
      'unknown_model',
      `model "${name}": is not in the catalogue; ${close.length === 0 ? '' : `close names: ${close.join(', ')}; `}or read its config.json`,
      'model',
    )
  }
  return readModel(entry.config, entry.name, { name: entry.name })
}

function normal(name: string): string {
  return name.trim().toLowerCase().split('/').at(-1)!
}

function closest(wanted: string): string[] {
  const pieces = wanted.split(/[^a-z0-9]+/).filter((piece) => piece.length > 0)
  return ENTRIES.map(({ name }) => {
    const own = new Set(name.split(/[^a-z0-9]+/))
    return { name, score: pieces.filter((piece) => own.has(piece)).length }
  })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 4)
    .map(({ name }) => name)
}
