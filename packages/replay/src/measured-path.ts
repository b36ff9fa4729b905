// The critical path of a run as it was measured.
import type { KernelTrace } from '@flowsim/trace-schema'
import { type BuildOptions, buildGraph } from './build-graph.js'
import { type CriticalPath, criticalPath } from './critical-path.js'
import { replay } from './replay.js'

/**
 * The critical path of a trace, or of the traces of several ranks as one system. To ask more of the same
 * traces, build the graph once and use `criticalPath`.
 *
 * @throws ReplayError as `buildGraph`
 */
export function measuredPath(
  input: KernelTrace | readonly KernelTrace[],
  options: BuildOptions = {},
): CriticalPath {
  const graph = buildGraph(input, options)
  return criticalPath(graph, replay(graph))
}
