// From results to what the page reads.
import type { Breakdown, ModuleNode } from '@flowsim/analysis'
import {
  type HardwareSpec,
  isKernel,
  type KernelTrace,
  type PageModule,
  predictedFor,
  type ReportPage,
  type TimeBudget,
} from '@flowsim/trace-schema'
import { ceilings, roofOf } from './ceilings.js'
import { ReportError } from './errors.js'
import { packKernels } from './kernel-columns.js'
import { packHost } from './pack-host.js'
import {
  collectiveTable,
  gemmTable,
  pathTable,
  rankTable,
  stragglerTable,
  workTable,
} from './page-tables.js'
import type { ReportData } from './report-data.js'

/** The data of a page. Throws a ReportError where parts do not belong together. */
export function reportPage(data: ReportData): ReportPage {
  check(data)
  const { trace, operations, prediction, layers, steps } = data
  const roofs = new Set(operations.flatMap((operation) => roofOf(operation) ?? []))
  return {
    schema: 'flowsim.report/1',
    title: data.title ?? trace.source.replace(/^.*[\\/]/, ''),
    generator: data.generator,
    synthetic: data.synthetic ?? null,
    facts: facts(trace, data.device),
    budget: budget(data.breakdown),
    ...packKernels(data),
    layers:
      layers && layers.layers.length > 0
        ? {
            source: layers.source,
            names: layers.layers.map(({ name }) => name),
            period: layers.repetition?.period ?? null,
          }
        : null,
    steps:
      steps && steps.steps.length > 0
        ? {
            source: steps.source,
            steps: steps.steps.map((step) => ({
              name: step.name,
              phase: step.phase,
              tokens: step.tokens,
              startNs: step.startNs,
              durationNs: step.durationNs,
              periodNs: step.periodNs,
              budget: budget(step.breakdown),
            })),
          }
        : null,
    modules: data.modules
      ? { roots: data.modules.roots.map(moduleData), outside: data.modules.outside }
      : null,
    host: packHost(trace, data.breakdown.startNs, data.breakdown.windowNs),
    gaps: (data.idle?.longest ?? []).map(({ startNs, durationNs, cause }) => ({
      startNs,
      durationNs,
      cause,
    })),
    findings: (data.findings ?? []).map(({ share: _, ...finding }) => finding),
    prediction: prediction
      ? {
          model: prediction.model,
          hardware: prediction.hardware.title,
          profile: prediction.estimates.find((estimate) => estimate)?.profile ?? null,
          sameDevice: prediction.sameDevice,
          relativeTo: prediction.relativeTo ?? null,
          unanswered: prediction.unanswered ?? unanswered(data),
          doubtful: prediction.doubtful ?? { count: 0, timeShare: 0 },
          endToEnd: prediction.endToEnd ?? null,
        }
      : null,
    device: data.device
      ? { name: data.device.title, ceilings: ceilings(data.device, roofs) }
      : null,
    gemms: data.gemms ? gemmTable(data.gemms) : null,
    collectives: data.collectives ? collectiveTable(data.collectives) : null,
    work: data.work ? workTable(data.work) : null,
    ranks: data.ranks ? rankTable(data.ranks) : null,
    stragglers: data.stragglers ? stragglerTable(data.stragglers) : null,
    criticalPath: data.criticalPath
      ? {
          windowNs: data.criticalPath.windowNs,
          kinds: Object.entries(data.criticalPath.kinds),
          kernels: pathTable(data.criticalPath),
        }
      : null,
    repairs: trace.repairs.map(({ kind, count, firstByte }) => ({ kind, count, firstByte })),
    warnings: [...(data.warnings ?? [])],
  }
}

function check({ trace, operations, prediction, layers, steps }: ReportData): void {
  const { source, kernels } = trace
  const wrong = (what: string, count: number) =>
    `${source}: ${count} ${what} for ${kernels.length} kernels; pass one for each, in the order of the trace`
  if (operations.length !== kernels.length) {
    throw new ReportError('operations_mismatch', wrong('operations', operations.length))
  }
  if (prediction && prediction.estimates.length !== kernels.length) {
    throw new ReportError('estimates_mismatch', wrong('estimates', prediction.estimates.length))
  }
  const replayed = prediction?.replay?.startNs.length ?? kernels.length
  if (replayed !== kernels.length) {
    throw new ReportError('estimates_mismatch', wrong('replayed starts', replayed))
  }
  for (const places of [layers?.layerOf, steps?.stepOf]) {
    if (places && places.length !== kernels.length) {
      throw new ReportError('layers_mismatch', wrong('layers or steps', places.length))
    }
  }
}

function unanswered({ trace, operations, prediction }: ReportData) {
  let [count, ns, allNs] = [0, 0, 0]
  trace.kernels.forEach((kernel, k) => {
    if (!isKernel(kernel)) return
    const { durationNs } = kernel
    allNs += durationNs
    if (prediction?.estimates[k] || operations[k]!.auxiliary) return
    count++
    ns += durationNs
  })
  return { count, timeShare: allNs > 0 ? ns / allNs : 0 }
}

function facts(trace: KernelTrace, device: HardwareSpec | undefined): [string, string][] {
  const list: [string, string][] = []
  const names = new Set(trace.devices.map(({ name }) => name).filter((name) => name !== ''))
  const used = new Set(trace.kernels.map((kernel) => kernel.device))
  const name = [...names].join(', ') || device?.title
  if (name) {
    const count = trace.devices.length
    const of = count > used.size ? ` (${used.size} of ${count} in this trace)` : ''
    const target = predictedFor(trace)
    const role = target === null ? '' : `predicted for ${target}, from a trace of `
    list.push(['Device', `${role}${name}${of}`])
  }
  if (trace.rank !== null) {
    list.push(['Rank', trace.worldSize ? `${trace.rank} of ${trace.worldSize}` : `${trace.rank}`])
  }
  for (const [label, keys] of VERSIONS) {
    const key = keys.find((candidate) => trace.producer[candidate] !== undefined)
    if (key) list.push([label, version(String(trace.producer[key]))])
  }
  list.push(['Kernels', grouped(trace.kernels.filter(isKernel).length)])
  list.push(['Events', grouped(trace.eventCount)])
  const recorded = recordedAt(trace.baseTimeNs)
  if (recorded) list.push(['Recorded', recorded])
  return list
}

const VERSIONS: [string, string[]][] = [
  ['CUDA', ['cuda_runtime_version', 'cuda_runtime']],
  ['HIP', ['hip_runtime_version']],
  ['NCCL', ['nccl_version', 'NCCL version']],
]

/** CUDA writes 12.6 as 12060, HIP 7.2 as 70226015. */
function version(text: string): string {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1000) return text
  return number < 1e6
    ? `${Math.floor(number / 1000)}.${Math.floor((number % 1000) / 10)}`
    : `${Math.floor(number / 1e7)}.${Math.floor((number % 1e7) / 1e5)}`
}

/** Date of the trace, where its clock counts from 1970; older or later clocks count from elsewhere. */
function recordedAt(baseTimeNs: string): string | null {
  const ms = Number(BigInt(baseTimeNs) / 1_000_000n)
  if (ms < Date.UTC(2017, 0) || ms > Date.UTC(2100, 0)) return null
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

function budget(b: Breakdown): TimeBudget {
  const { launchBoundNs, dependencyBoundNs, otherNs } = b.idle
  return {
    startNs: b.startNs,
    windowNs: b.windowNs,
    busyNs: b.busyNs,
    idleNs: b.idleNs,
    computationNs: b.computationNs,
    exposedCommunicationNs: b.exposedCommunicationNs,
    exposedMemcpyNs: b.exposedMemcpyNs,
    communicationNs: b.communicationNs,
    memcpyNs: b.memcpyNs,
    idle: { launchBoundNs, dependencyBoundNs, otherNs },
    count: b.count,
    sumNs: b.sumNs,
  }
}

function moduleData({ name, count, totalNs, selfNs, children }: ModuleNode): PageModule {
  return { name, count, totalNs, selfNs, children: children.map(moduleData) }
}
