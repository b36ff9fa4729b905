// The simulators. The first one runs where a configuration names none.
import { flowsim } from './flowsim/index.js'
import { inferenceSim, inferenceSim2025 } from './inference-sim/index.js'
import { reallm } from './reallm/index.js'
import type { Simulator } from './simulator.js'
import { vidur } from './vidur/index.js'

export const SIMULATORS: readonly Simulator[] = [
  flowsim,
  inferenceSim,
  inferenceSim2025,
  vidur,
  reallm,
]
