// Language models that commands are given: a name of the catalogue, or a config.json.
import { findModel, type ModelConfig, readModel } from '@flowsim/model-graph'
import { readJson } from './read-json.js'

/** A model of the catalogue, or of a config.json. */
export async function loadModel(name: string): Promise<ModelConfig> {
  if (!/\.json$/i.test(name)) return findModel(name)
  return readModel(await readJson(name), { source: name })
}

/** The model that `--llm` names, if any. */
export async function llmOf(flags: { llm?: string }): Promise<{ model?: ModelConfig }> {
  return flags.llm === undefined ? {} : { model: await loadModel(flags.llm) }
}
