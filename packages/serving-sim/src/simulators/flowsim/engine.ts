// Our own engine: vLLM's rules by default, any scheduler, any step-time model, one instance or many.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { SimulationResult } from '../../core/simulation-result.js'
import type { SloByClass } from '../simulator.js'
import type { FlowsimOptions } from './options.js'
import { flowsimResult } from './result.js'
import { runFlowsim } from './simulation.js'

/** What `engine` of its configurations and its results say. */
export const FLOWSIM = 'flowsim'

/** A simulation with settings as objects. */
export interface SimulateOptions extends FlowsimOptions {
  /** Limits by service class, for goodput. */
  slo?: SloByClass | undefined
}

/**
 * Simulates requests on a cluster.
 * @param requests in order of arrival; those of a session after its first wait for the one before
 */
export function simulateFlowsim(
  requests: readonly WorkloadRequest[],
  options: SimulateOptions,
): SimulationResult {
  return flowsimResult(FLOWSIM, runFlowsim(requests, options), options)
}
