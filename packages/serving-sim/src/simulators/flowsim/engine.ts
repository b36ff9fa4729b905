// Our own engine: vLLM's rules by default, any scheduler, any step-time model, one instance or many.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { buildReport, type SloLimits } from '../../core/report.js'
import type { SimulationResult } from '../../core/simulation-result.js'
import { WeightedSamples } from '../../core/weighted-samples.js'
import type { FlowsimOptions } from './options.js'
import { runFlowsim } from './simulation.js'

/**
 * Simulates requests on a cluster.
 * @param requests in order of arrival; those of a session after its first wait for the one before
 * @param slo limits by class, for goodput
 */
export function simulateFlowsim(
  requests: readonly WorkloadRequest[],
  options: FlowsimOptions,
  slo?: Readonly<Record<string, SloLimits>>,
): SimulationResult {
  const { table, instances, endNs, timeline, batches, upNs } = runFlowsim(requests, options)
  const kvOf = (members: typeof instances) => ({
    total: members.reduce((sum, { kv }) => sum + kv.blocks, 0),
    peak: members.reduce((sum, { kv }) => sum + kv.peak, 0),
    meanUsed: endNs > 0 ? members.reduce((sum, { kvIntegral }) => sum + kvIntegral, 0) / endNs : 0,
  })
  const gaps = (members: typeof instances) => {
    if (members.length === 1) return members[0]!.itl
    const all = new WeightedSamples()
    for (const member of members) all.addAll(member.itl)
    return all
  }
  const itl = gaps(instances)
  const report = (name: string, members: typeof instances, only?: number) =>
    buildReport(
      table,
      {
        engine: 'flowsim',
        instance: name,
        durationNs: endNs,
        steps: members.reduce((sum, { steps }) => sum + steps, 0),
        preemptions: members.reduce((sum, { preemptions }) => sum + preemptions, 0),
        itl: members === instances ? itl : gaps(members),
        kvBlocks: kvOf(members),
        ...(slo === undefined ? {} : { slo }),
      },
      only,
    )
  const cluster = report('cluster', instances)
  const lookups = instances.reduce((sum, { kv }) => sum + kv.lookupTokens, 0)
  const hits = instances.reduce((sum, { kv }) => sum + kv.hitTokens, 0)
  const warnings: string[] = []
  const left = (cluster.requests.waiting ?? 0) + (cluster.requests.running ?? 0)
  if (left > 0) warnings.push(`${left} requests had not finished when the run ended`)
  const unservable = cluster.requests.unservable ?? 0
  if (unservable > 0) warnings.push(`${unservable} requests could never be served: too long`)
  return {
    engine: 'flowsim',
    report: cluster,
    instances:
      instances.length > 1
        ? instances.map((instance, i) => report(instance.options.name, [instance], i))
        : [],
    requests: table,
    itlNs: itl,
    batches:
      batches?.map(({ instance, ...batch }) => ({
        instance: instances[instance]!.options.name,
        ...batch,
      })) ?? null,
    timeline: timeline.intervals(endNs),
    native: {
      instanceSeconds: upNs.reduce((sum, ns) => sum + ns, 0) / 1e9,
      prefixHitRate: lookups > 0 ? hits / lookups : 0,
    },
    warnings,
  }
}
