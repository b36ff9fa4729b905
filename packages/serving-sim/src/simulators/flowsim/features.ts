// Counts of what parts of a deployment did that most deployments do not have; undefined where none of them is there.
/** @param parts - instances, and what stands beside them */
export function featuresOf(
  parts: readonly { readonly features: Readonly<Record<string, number>> }[],
): Record<string, number> | undefined {
  const counts: Record<string, number> = {}
  for (const { features } of parts) {
    for (const [name, count] of Object.entries(features)) {
      counts[name] = (counts[name] ?? 0) + count
    }
  }
  return Object.keys(counts).length === 0 ? undefined : counts
}
