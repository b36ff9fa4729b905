/**
 * Other simulators on parts of a trace: what to simulate, how to run it, and what their output says of the trace.
 *
 * @module
 */
export type { AccelSimFailure, AccelSimFailureCode } from './accel-sim/failures.js'
export {
  type Join,
  type JoinedKernel,
  type JoinedLaunch,
  joinAccelSim,
  type Unjoined,
} from './accel-sim/join.js'
export type { Extent } from './accel-sim/launch-key.js'
export {
  type AccelSimKernel,
  type AccelSimLog,
  type AccelSimLogOptions,
  type L2State,
  readAccelSimLog,
} from './accel-sim/log.js'
export {
  type AccelSimPlan,
  type AccelSimPlanOptions,
  accelSimPlanSchema,
  type PlannedLaunch,
  planAccelSim,
} from './accel-sim/plan.js'
export {
  type AccelSimRunOptions,
  accelSimPoints,
  kernelsOfList,
  launchOfFile,
} from './accel-sim/run-points.js'
export { readTracerStats, type TracedLaunch } from './accel-sim/stats.js'
export { type TracerOptions, tracerEnvironment } from './accel-sim/tracer-environment.js'
export {
  ASTRA_SIM_COLLECTIVES,
  type AstraSimCollective,
  astraSimCollectives,
  type CollectiveGrid,
  type CollectiveRow,
  collectiveName,
  collectiveOfName,
  collectiveRow,
  inputBytes,
} from './astra-sim/collectives.js'
export { type AstraSimLog, type AstraSimNpu, readAstraSimLog } from './astra-sim/log.js'
export {
  ASTRA_SIM_CONFIGS,
  type AstraSimRunOptions,
  astraSimPoints,
  workloadsOf,
} from './astra-sim/run-points.js'
export { ExternalError, type ExternalErrorCode } from './errors.js'
export type { JobPoint } from './job-point.js'
export { ERROR_FILE, EXIT_FILE, LOG_FILE } from './job-script.js'
