// What latency models are built from, for those who write one: `@flowsim/perf-model/parts`.
export { checkCall } from './check-call.js'
export { type Parts, type Prediction, toEstimate } from './estimate.js'
export { dramBandwidth } from './models/memory-time.js'
export { acrossNodesTime } from './models/network/across-nodes.js'
export {
  COMMUNICATION_UNITS,
  type ExpertCommunication,
  type ExpertRows,
  expertCommunication,
} from './models/network/expert-communication.js'
export { adapterBandwidth, devicesOfNode } from './models/network/nodes.js'
export { peakTimes } from './models/peak-times.js'
export { isMatrixOp, matrixThroughput, vectorPeak } from './models/throughput.js'
