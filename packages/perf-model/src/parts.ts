// What latency models are built from, for those who write one: `@flowsim/perf-model/parts`.
export { checkCall, invalidDimension } from './check-call.js'
export { type Parts, type Prediction, toEstimate } from './estimate.js'
export { type CollectiveCall, isCollective } from './models/collective-time.js'
export { dramBandwidth } from './models/memory-time.js'
export { isMatrixOp, matrixThroughput, vectorPeak } from './models/throughput.js'
