// From the section `workload` to requests.
import { ServingError, type SourcePlace } from '../errors.js'
import { WORKLOADS } from '../workload/kinds/index.js'
import { readTrace } from '../workload/read-trace.js'
import type { BuiltWorkload, WorkloadConfig } from '../workload/workload-kind.js'
import type { ReadText } from './read-text.js'

/** What a workload is built with. */
export interface BuildOptions {
  seed: number
  /** Infinity: no end. */
  horizonNs: number
  readText: ReadText
  /** Of the section, for errors. */
  place: SourcePlace
}

/**
 * The requests of a workload, in order of arrival.
 * @throws ServingError `empty_workload` if there are none
 */
export function buildWorkload(config: WorkloadConfig, options: BuildOptions): BuiltWorkload {
  const kind = WORKLOADS.find(({ type }) => type === config.type)!
  const built = kind.build(config, {
    ...options,
    readTrace: (path, format, charactersPerToken) =>
      readTrace(options.readText(path), { source: path, format, charactersPerToken }),
  })
  if (built.requests.length === 0) {
    throw new ServingError('empty_workload', 'the workload has no requests', options.place)
  }
  return built
}
