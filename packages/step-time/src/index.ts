/**
 * How long a step of a serving engine takes: the operations of a model, a device, and what the engine adds.
 *
 * @module
 */
export { findEngine, listEngines } from './engines/catalogue.js'
export {
  type EngineFacts,
  EngineFactsError,
  type EngineFactsErrorCode,
  type EngineName,
  readEngineFacts,
} from './engines/engine-facts.js'
export type { HalfErrors, MetricError } from './host-fit/errors.js'
export {
  type DeploymentFit,
  type DeploymentFitOptions,
  type FittedConstant,
  fitDeployment,
} from './host-fit/fit-deployment.js'
export {
  fitHost,
  type HostFit,
  type HostFitOptions,
  type HostObservation,
  type Latencies,
  type SimulatedObservation,
} from './host-fit/fit-host.js'
export { type DeviceLoad, roomBytes } from './kv-room.js'
export { hasExperts, loadHardware, loadModel } from './model-parts.js'
export { type ModelStepTimeOptions, modelStepTime } from './model-step-time.js'
export { profileStepTime } from './profile-step-time.js'
export { STEP_TIMES } from './step-times.js'
