// A step needs a time for each of its operations. Where a latency model has none, the roofline stands in, and the run
// says for what.
import type { LatencyModel } from '@flowsim/perf-model'

/** Says for which operations the roofline stood in, once steps were timed. */
export function standInWarnings({ name }: LatencyModel, standIns: ReadonlySet<string>) {
  return (): string[] => {
    if (standIns.size === 0) return []
    const operations = [...standIns].sort().join(', ')
    return [
      `${name} has no time for some of the operations of a step, the roofline stands in: ${operations}`,
    ]
  }
}
