/**
 * What depends on what in a GPU trace, and what the step would take with other times.
 *
 * `buildGraph` turns kernel traces into a graph of moments and dependencies; `replay` gives every kernel
 * its time under other durations, host costs or links, in one pass. Times are nanoseconds.
 *
 * @module
 */
export { type BuildOptions, buildGraph } from './build-graph.js'
export { type ChromeEvent, chromeTraceLines } from './chrome-events.js'
export {
  type CriticalPath,
  criticalPath,
  type PathKind,
  type PathSegment,
  slack,
} from './critical-path.js'
export { ReplayError, type ReplayErrorCode } from './errors.js'
export {
  type EdgeClass,
  EdgeKind,
  type GraphCalls,
  type GraphRank,
  type ReplayFault,
  type ReplayGraph,
  type ReplayReport,
} from './graph.js'
export { isHeadline, LEAST_PREDICTED, type PredictedActivities } from './headline.js'
export type { WhatIf } from './lags.js'
export { measuredPath } from './measured-path.js'
export { type ReplayOptions, type ReplayResult, replay } from './replay.js'
export { type AddedCall, isRescale, type Rescaled, type Unscaled } from './rescale/rescale.js'
export type {
  AppliedScenario,
  DurationProvider,
  RescaledTimes,
  ScenarioProviders,
} from './scenarios/applied.js'
export { applyScenario } from './scenarios/apply.js'
export { scenariosJsonSchema } from './scenarios/json-schema.js'
export { parseScenarios } from './scenarios/parse.js'
export {
  type Contribution,
  runScenarios,
  type ScenarioRow,
  type ScenarioTable,
} from './scenarios/run.js'
export { type Change, type KernelMatch, type Scenario, scenarioSchema } from './scenarios/schema.js'
export { type SideBySideOptions, sideBySide } from './side-by-side.js'
export { timeline } from './timeline.js'
export type { Quantiles, TotalBounds, UncertaintyOptions } from './uncertainty.js'
