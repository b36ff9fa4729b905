/**
 * The whole way from a profiler trace to a prediction and a report, out of the other packages: what the
 * command `flowsim` and the service do, as functions.
 *
 * @module
 */

export { estimateKernels, hardwareOfTrace } from './estimate-kernels.js'
export { hardwareTimes } from './graph-times.js'
export { KERNEL_TIME_COLUMNS, kernelTimes } from './kernel-times.js'
export {
  type GivenEstimates,
  type KernelPrediction,
  operationTimes,
  type PredictOptions,
  predictKernels,
  scaledFrom,
} from './predict-kernels.js'
export { type ReportInput, reportData } from './report-data.js'
export { type RescaleOptions, rescaledTimes } from './rescaled-times.js'
export {
  type Simulation,
  type SimulationInput,
  simulateRanks,
  simulateTrace,
} from './simulate-trace.js'
export { busiestDevice, summarizeTrace } from './summarize-trace.js'
