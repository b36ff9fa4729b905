// A run of FlowSim's simulator in the common form.
import type { SpeculationReport } from '@flowsim/trace-schema'
import { growingWait } from '../../core/growing-wait.js'
import { buildReport } from '../../core/report.js'
import type { RequestTable } from '../../core/request-table.js'
import type { DeviceUse, SimulationResult } from '../../core/simulation-result.js'
import { WeightedSamples } from '../../core/weighted-samples.js'
import type { SloByClass } from '../simulator.js'
import { featuresOf } from './features.js'
import type { EncodeInstance } from './images/encode-instance.js'
import type { Instance } from './instance/instance.js'
import type { FlowsimRun } from './simulation.js'
import { SpeculationTally } from './speculation/tally.js'

/** What a result says besides the run. */
export interface ResultOptions {
  slo?: SloByClass | undefined
  /** What a user should know before the run. */
  notes?: readonly string[]
}

/** @param engine its name */
export function flowsimResult(
  engine: string,
  run: FlowsimRun,
  { slo, notes = [] }: ResultOptions,
): SimulationResult {
  const { table, instances, endNs, batches } = run
  const itlNs = gapsOf(instances)
  const report = (instance: string, members: readonly Instance[], only?: number) =>
    buildReport(
      table,
      {
        engine,
        instance,
        durationNs: endNs,
        steps: sumOf(members, ({ steps }) => steps),
        preemptions: sumOf(members, ({ preemptions }) => preemptions),
        itl: members === instances ? itlNs : gapsOf(members),
        kvBlocks: {
          total: sumOf(members, ({ kv }) => kv.blocks),
          peak: sumOf(members, ({ kv }) => kv.peak),
          meanUsed: endNs > 0 ? sumOf(members, ({ kvIntegral }) => kvIntegral) / endNs : 0,
        },
        speculation: speculationOf(members),
        features: featuresOf(members === instances ? [...members, run.encode] : members),
        slo,
      },
      only,
    )
  const cluster = report('cluster', instances)
  const lookups = sumOf(instances, ({ kv }) => kv.lookupTokens)
  const hits = sumOf(instances, ({ kv }) => kv.hitTokens)
  return {
    engine,
    report: cluster,
    instances:
      instances.length > 1
        ? instances.map((instance, i) => report(instance.options.name, [instance], i))
        : [],
    requests: table,
    itlNs,
    batches:
      batches?.map(({ instance, ...batch }) => ({
        instance: instances[instance]!.options.name,
        ...batch,
      })) ?? null,
    timeline: run.timeline.intervals(endNs),
    use: [
      ...instances.map((instance, i) => useOf(instance, run.upNs[i]!)),
      ...run.encode.instances.map((instance) => useOfEncoder(instance, endNs)),
    ],
    native: {
      instanceSeconds: run.upNs.reduce((sum, ns) => sum + ns, 0) / 1e9,
      prefixHitRate: lookups > 0 ? hits / lookups : 0,
    },
    warnings: [
      ...notes,
      ...warningsOf(cluster.requests),
      ...overload(table, endNs, cluster.requests.completed ?? 0),
    ],
  }
}

function useOf({ options, use }: Instance, upNs: number): DeviceUse {
  const { name, devices, device } = options
  const { work } = use
  return {
    instance: name,
    devices,
    hardware: device?.hardware ?? null,
    maximumW: device?.powerW ?? null,
    upS: upNs / 1e9,
    busyS: use.busyNs / 1e9,
    computeS: work === null ? null : work.computeNs / 1e9,
    memoryS: work === null ? null : work.memoryNs / 1e9,
  }
}

function useOfEncoder({ options, encodeNs }: EncodeInstance, upNs: number): DeviceUse {
  const { name, devices, device } = options
  return {
    instance: name,
    devices,
    hardware: device?.hardware ?? null,
    maximumW: device?.powerW ?? null,
    upS: upNs / 1e9,
    busyS: encodeNs / 1e9,
    computeS: null,
    memoryS: null,
  }
}

function warningsOf({
  waiting = 0,
  running = 0,
  unservable = 0,
}: SimulationResult['report']['requests']): string[] {
  const found: string[] = []
  const left = waiting + running
  if (left > 0) found.push(`${left} requests had not finished when the run ended`)
  if (unservable > 0) found.push(`${unservable} requests could never be served: too long`)
  return found
}

function overload(table: RequestTable, endNs: number, completed: number): string[] {
  const growing = growingWait(table, endNs)
  if (growing === null) return []
  const { earlyS, lateS, arrivalsPerS } = growing
  const servedPerS = completed / (endNs / 1e9)
  const text = (value: number) => String(Number(value.toPrecision(3)))
  return [
    `requests wait longer and longer: ${text(arrivalsPerS)} arrive a second, ${text(servedPerS)} are served; the last fifth waits ${text(lateS)} s for the first token, the second fifth ${text(earlyS)} s. Latencies grow with the length of the run`,
  ]
}

function gapsOf(members: readonly Instance[]): WeightedSamples {
  if (members.length === 1) return members[0]!.itl
  const all = new WeightedSamples()
  for (const member of members) all.addAll(member.itl)
  return all
}

/** What drafting did on instances; undefined: none of them drafts. */
function speculationOf(members: readonly Instance[]): SpeculationReport | undefined {
  const tallies = members.flatMap(({ speculation }) => speculation ?? [])
  if (tallies.length === 0) return undefined
  const all = new SpeculationTally()
  for (const tally of tallies) all.addAll(tally)
  return all.report()
}

const sumOf = (members: readonly Instance[], of: (member: Instance) => number) =>
  members.reduce((sum, member) => sum + of(member), 0)
