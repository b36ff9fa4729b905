/**
 * The functions of the vocabulary without the schemas, so without zod: for programs that must start
 * fast or stay small, such as a parser in a web page.
 *
 * @module
 */
export { DTYPES, type Dtype, dtypeBytes, parseDtype } from './dtype.js'
export {
  type ErrorPlace,
  FlowsimError,
  type FlowsimErrorOptions,
  messageOf,
} from './flowsim-error.js'
export { attentionPairs, expectedGroups, type OpWork, opWork, outputDtype } from './op-work.js'
export {
  ALL_STREAMS,
  CallRole,
  callRole,
  isGraphLaunch,
  putsWork,
  waitsForDevice,
} from './runtime-calls.js'
