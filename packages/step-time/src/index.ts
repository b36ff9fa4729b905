/**
 * How long a step of a serving engine takes: the operations of a model, a device, and what the engine adds.
 *
 * @module
 */
export { reallmModels } from './reallm-models.js'
export { type ServingModelsOptions, servingModels } from './serving-models.js'
export { servingOptions } from './serving-options.js'
