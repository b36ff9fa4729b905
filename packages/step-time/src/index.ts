/**
 * How long a step of a serving engine takes: the operations of a model, a device, and what the engine adds.
 *
 * @module
 */
export { type ModelStepTime, type ModelStepTimeOptions, modelStepTime } from './model-step-time.js'
export { STEP_TIMES } from './step-times.js'
