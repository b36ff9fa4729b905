export { type ArrivalSpec, arrivalTimesNs } from './load/arrivals.js'
export {
  type LoadErrorType,
  type LoadOptions,
  type LoadResult,
  type RequestMeasurement,
  runLoad,
} from './load/generator.js'
export {
  type LoadReport,
  loadReport,
  type ServiceLevel,
} from './load/metrics.js'
export { requestMetricsCsv, tokenMetricsCsv } from './load/metrics-csv.js'
export type { ProtocolName } from './load/protocols.js'
export {
  type LengthSpec,
  type LoadRequest,
  randomRequests,
  readRequestTrace,
  readShareGpt,
  requestsForTrace,
  type TraceRow,
} from './load/requests.js'
