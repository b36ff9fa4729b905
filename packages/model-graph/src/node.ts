/**
 * Models by whatever names them: a built-in name, a config.json, a checkpoint folder, a repository of a hub.
 * Needs Node.
 *
 * @module
 */
export { fetchRepository, type HubOptions, type KeptFile, keptFile } from './load/hub.js'
export { type LoadModelOptions, loadModel } from './load/load-model.js'
