/**
 * A program of the user as a latency model. Apart from the other simulators, so that whoever asks for it loads nothing
 * of them.
 *
 * @module
 */
export {
  type CommandFaults,
  CommandModel,
  type CommandModelOptions,
} from './command/command-model.js'
