export type { JobState, PointStatus, SubmittedJob } from './backends/backend.js'
export { BACKENDS, type BackendName } from './backends/index.js'
export { ENGINES, type EngineName } from './engines/index.js'
export { ProfilerRunnerError, type ProfilerRunnerErrorCode } from './errors.js'
export type { JobSpecInput } from './jobs/job-spec.js'
export { type JobStatus, Jobs } from './jobs/jobs.js'
export { type PointResult, resultsCsv } from './jobs/results.js'
export { type ArrivalSpec, arrivalTimesNs } from './load/arrivals.js'
export {
  type LoadErrorType,
  type LoadOptions,
  type LoadResult,
  type RequestMeasurement,
  runLoad,
} from './load/generator.js'
export { type LoadReport, loadReport, type ServiceLevel } from './load/metrics.js'
export { requestMetricsCsv, tokenMetricsCsv } from './load/metrics-csv.js'
export { PROTOCOLS, type ProtocolName } from './load/protocols.js'
export {
  type LengthSpec,
  type LoadRequest,
  randomRequests,
  readRequestTrace,
  readShareGpt,
  requestsForTrace,
} from './load/requests.js'
export { measureCollectives, type NcclMeasurement, type NcclOptions } from './nccl-tests.js'
export {
  type ProfileLoad,
  type ProfileOptions,
  type ProfilePass,
  parseSweep,
  pointName,
  type SweepPoint,
} from './profile/options.js'
export { profile } from './profile/profile.js'
export type { PassRecord, PointRecord, RunRecord, SassTraceRecord } from './profile/run-record.js'
export { type RunCommandOptions, runCommand } from './run-command.js'
export { maskSecrets } from './secrets.js'
export {
  resolveSettings,
  type Setting,
  type SettingSources,
  settingsFile,
  settingsOf,
} from './settings.js'
export { mergeShapes, type ShapeMergeReport, type ShapeMismatch } from './shapes/merge.js'
export { shapePluginEnvironment, shapePluginFolder } from './shapes/plugin.js'
export { splitWords } from './shell-words.js'
