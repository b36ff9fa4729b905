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
export { type DeviceLoad, roomBytes } from './kv-room.js'
export { type ModelStepTimeOptions, modelStepTime } from './model-step-time.js'
export { profileStepTime } from './profile-step-time.js'
export { STEP_TIMES } from './step-times.js'
