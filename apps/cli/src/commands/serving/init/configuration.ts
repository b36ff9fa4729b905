// The configuration that `flowsim serving init` writes: a deployment of a model, with what may be changed said.
import { schemaLine } from '@flowsim/serving-sim'

/** What the configuration is for. */
export interface Deployment {
  model: string
  hardware: string
  /** Devices that share the model. */
  tensorParallel: number
}

/** The configuration as YAML with comments. */
export function configurationText({ model, hardware, tensorParallel }: Deployment): string {
  const devices = tensorParallel === 1 ? `one ${hardware}` : `${tensorParallel} × ${hardware}`
  return `${schemaLine('serving')}# ${model} on ${devices}, with the scheduler of vLLM.
#   flowsim serving run THIS_FILE
#   flowsim serving sweep THIS_FILE --grid workload.arrival.ratePerS=1,2,4,8
name: ${JSON.stringify(`${model} on ${devices}`)}
# The same seed gives the same requests.
seed: 1

# Requests as they arrive. Instead of made-up ones, those of a trace: flowsim serving run --requests FILE.
workload:
  type: synthetic
  requests: 500
  # Requests a second, at random moments; constant: at equal distances.
  arrival: { process: poisson, ratePerS: 2 }
  # Tokens of prompts and answers.
  inputTokens: { distribution: lognormal, mean: 1000, stdev: 900, min: 16, max: 4000 }
  outputTokens: { distribution: lognormal, mean: 200, stdev: 180, min: 1, max: 1000 }

# The time of a step: from the model's layers on the device.
stepTime:
  type: model
  # A name of flowsim models list, a config.json, or org/name of a hub.
  model: ${JSON.stringify(model)}
  # A name of flowsim hardware list, or a description file.
  hardware: ${JSON.stringify(hardware)}
  # Devices that share each layer.
  tensorParallel: ${tensorParallel}

# What counts as well served: first token, and each after it. The report tells the share that was.
slo:
  default: { ttftMs: 1000, tpotMs: 50 }
`
}
