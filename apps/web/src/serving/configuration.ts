// What the form says, as the configuration that `flowsim serving run` reads.
import { schemaLine } from '@flowsim/serving-sim'

/** The fields of the form; numbers as they are typed. */
export interface ServingForm {
  model: string
  hardware: string
  engine: string
  tensorParallel: number
  instances: number
  ratePerS: number
  inputTokens: number
  outputTokens: number
  requests: number
  ttftMs: number
  tpotMs: number
}

/** Where the form starts. */
export const FIRST_FORM: ServingForm = {
  model: 'llama-3.1-8b',
  hardware: 'h100_sxm',
  engine: 'vllm',
  tensorParallel: 1,
  instances: 1,
  ratePerS: 6,
  inputTokens: 1000,
  outputTokens: 220,
  requests: 400,
  ttftMs: 500,
  tpotMs: 30,
}

/** The configuration as YAML. Lengths spread as chat traffic does, with a deviation of nine tenths of the mean. */
export function configurationOf(form: ServingForm): string {
  const lengths = (mean: number) =>
    `{ distribution: lognormal, mean: ${mean}, stdev: ${Math.round(mean * 0.9)}, min: 1, max: ${Math.round(mean * 8)} }`
  return `${schemaLine('serving')}# flowsim serving run serving.yaml
seed: 1
workload:
  type: synthetic
  requests: ${form.requests}
  arrival: { process: poisson, ratePerS: ${form.ratePerS} }
  inputTokens: ${lengths(form.inputTokens)}
  outputTokens: ${lengths(form.outputTokens)}
stepTime:
  type: model
  model: ${form.model}
  hardware: ${form.hardware}
  kernels: ${form.engine}
  tensorParallel: ${form.tensorParallel}
instances: [{ count: ${form.instances} }]
slo:
  default: { ttftMs: ${form.ttftMs}, tpotMs: ${form.tpotMs} }
`
}
