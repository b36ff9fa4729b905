// What can be chosen: devices, latency models, schemes of weights, language models, engines.
import { MODELS } from '@flowsim/calibration'
import { listModels, SCHEME_NAMES } from '@flowsim/model-graph'
import { listHardware } from '@flowsim/perf-model/hardware'
import { listEngines } from '@flowsim/step-time'

/** Names that the page offers. */
export interface Catalogue {
  /** By title. */
  hardware: { name: string; title: string }[]
  /** Latency models, the best first. */
  models: string[]
  /** Schemes of weights. */
  schemes: string[]
  /** Language models. */
  languageModels: string[]
  engines: string[]
}

export function catalogue(): Catalogue {
  return {
    hardware: listHardware()
      .map(({ name, title }) => ({ name, title }))
      .sort((a, b) => a.title.localeCompare(b.title)),
    models: Object.keys(MODELS).reverse(),
    schemes: [...SCHEME_NAMES],
    languageModels: listModels().map(({ name }) => name),
    engines: [...new Set(listEngines().map(({ engine }) => engine))],
  }
}
