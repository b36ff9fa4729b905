// What can be chosen: devices, latency models, schemes of weights.
import { MODELS } from '@flowsim/calibration'
import { SCHEME_NAMES } from '@flowsim/model-graph'
import { listHardware } from '@flowsim/perf-model/hardware'

/** Names that the page offers. */
export interface Catalogue {
  /** By title. */
  hardware: { name: string; title: string }[]
  /** Latency models, the best first. */
  models: string[]
  /** Schemes of weights. */
  schemes: string[]
}

export function catalogue(): Catalogue {
  return {
    hardware: listHardware()
      .map(({ name, title }) => ({ name, title }))
      .sort((a, b) => a.title.localeCompare(b.title)),
    models: Object.keys(MODELS).reverse(),
    schemes: [...SCHEME_NAMES],
  }
}
