/**
 * What happened in GPU traces: where time goes, why devices stand idle, how ranks wait for one another,
 * and what changed between two traces.
 *
 * Every function is pure, takes a `KernelTrace` and, where it needs to know what kernels do, one
 * `KernelOperation` for each of its kernels, and is linear or n log n in their number. Times are
 * nanoseconds on the trace's clock; shares are fractions.
 *
 * @module
 */

export { acrossRanks, type RankedFamily, type RankReport } from './across-ranks.js'
export { type Convention, communicates } from './activity.js'
export { type Breakdown, type BreakdownOptions, breakdown } from './breakdown.js'
export {
  type Collective,
  type CollectiveGroup,
  type CollectiveReport,
  collectives,
} from './collectives.js'
export type { StreamId } from './columns.js'
export { type Compared, checkWork, type WorkCheck, type WorkRow } from './counters/check-work.js'
export type { MeasuredWork } from './counters/measured-work.js'
export { type KernelCounters, readCounters } from './counters/read-counters.js'
export {
  type DiffInput,
  type DiffRow,
  type DiffSide,
  diffTraces,
  type MatchLevel,
  type TraceDiff,
} from './diff.js'
export { AnalysisError, type AnalysisErrorCode } from './errors.js'
export {
  type Finding,
  type FindingSection,
  type FindingsOptions,
  findings,
} from './findings/find.js'
export { lostKernels } from './gaps.js'
export { type GemmCall, type GemmOptions, type GemmRow, gemmTable } from './gemm-table.js'
export {
  byFamily,
  byName,
  byOperation,
  byOperator,
  byScope,
  byStream,
  groupTime,
  type OperationGroup,
  type OperatorGroup,
  type TimeGroup,
} from './groups.js'
export { helpedKernels } from './helpers.js'
export {
  type IdleCause,
  type IdleGap,
  type IdleReport,
  type IdleTime,
  idleTime,
} from './idle-time.js'
export { exposedNs, unionNs } from './intervals.js'
export {
  type LaunchApi,
  type LaunchStats,
  launchStats,
  type QueueLength,
  queueLength,
} from './launches.js'
export { byLayer, type LayerReport, type LayerSource, type LayerTime } from './layers.js'
export {
  type CollectiveMatches,
  type CollectiveMember,
  type MatchedCollective,
  matchCollectives,
  type RankTrace,
  type Straggler,
} from './match-collectives.js'
export { byModule, type ModuleNode, type ModuleReport } from './modules.js'
export { notOneJob } from './one-job.js'
export { inferRanks, type RankIdentity, type RankInput } from './ranks.js'
export { type SelectedSteps, type StepSelection, selectSteps } from './select-steps.js'
export type { Sample } from './statistics.js'
export { type Step, type StepPhase, type StepReport, steps } from './steps.js'
