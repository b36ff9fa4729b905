// Counts of what parts of a deployment did that most deployments do not have; undefined where none of them is there.
import type { Instance } from './instance/instance.js'

export function featuresOf(instances: readonly Instance[]): Record<string, number> | undefined {
  const counts: Record<string, number> = {}
  for (const { features } of instances) {
    for (const [name, count] of Object.entries(features)) {
      counts[name] = (counts[name] ?? 0) + count
    }
  }
  return Object.keys(counts).length === 0 ? undefined : counts
}
