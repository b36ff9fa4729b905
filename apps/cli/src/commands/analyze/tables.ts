// The tables of `flowsim analyze`: a terminal shows their first rows, --format writes them whole.
import type { WorkCheck } from '@flowsim/analysis'
import type { ResultColumn, ResultTable } from '../../program/tables.js'
import type { JobAnalysis, TraceAnalysis } from './run.js'

const right = (label: string): ResultColumn => ({ label, align: 'right' })
const ms = (label: string): ResultColumn => ({ label, align: 'right', digits: 3 })
const decimal = (label: string, digits: number): ResultColumn => ({ label, align: 'right', digits })
const share = (label: string): ResultColumn => ({ label, align: 'right', share: true })

/** What is shown of a trace. */
export type Shown = TraceAnalysis & { rank: { label: string }; work?: WorkCheck }

/** The parts of the window. */
export function windowTable({ breakdown: b }: TraceAnalysis): ResultTable {
  const parts: [string, number][] = [
    ['computation', b.computationNs],
    ['exposed communication', b.exposedCommunicationNs],
    ['exposed copies', b.exposedMemcpyNs],
    ['idle: waiting for the host', b.idle.launchBoundNs],
    ['idle: waiting for other work', b.idle.dependencyBoundNs],
    ['idle: cause not recorded', b.idle.otherNs],
  ]
  return {
    name: 'window',
    title: 'Window',
    columns: [{ label: 'part' }, ms('ms'), share('share')],
    rows: parts.map(([label, ns]) => [label, ns / 1e6, ns / Math.max(1, b.windowNs)]),
  }
}

/** What to do next, the most to gain first. */
export function findingsTable({ findings, breakdown }: TraceAnalysis): ResultTable {
  return {
    name: 'findings',
    title: 'Findings, by the time to gain at most',
    columns: [
      { label: 'finding' },
      ms('gain ms'),
      share('share'),
      { label: 'evidence' },
      { label: 'advice' },
    ],
    rows: findings.map(({ title, gainNs, evidence, advice }) => [
      title,
      gainNs / 1e6,
      gainNs / Math.max(1, breakdown.windowNs),
      evidence.join(' '),
      advice,
    ]),
  }
}

/** Everything else that is told of a trace, in the order in which it is shown. */
export function traceTables(trace: Shown): ResultTable[] {
  const { layers, source } = trace.layers
  return [
    {
      name: 'steps',
      title: 'Steps',
      columns: [
        { label: 'step', flexible: true },
        { label: 'phase' },
        right('tokens'),
        ms('ms'),
        share('busy'),
      ],
      rows: trace.steps.steps.map(({ name, phase, tokens, durationNs, breakdown }) => [
        name,
        phase,
        tokens,
        durationNs / 1e6,
        breakdown.busyNs / Math.max(1, durationNs),
      ]),
    },
    {
      name: 'operations',
      title: 'Operations',
      columns: [
        { label: 'operation', flexible: true },
        { label: 'family' },
        right('activities'),
        ms('ms'),
        share('share'),
      ],
      rows: trace.operations.map((g) => [g.key, g.family, g.count, g.sumNs / 1e6, g.share]),
    },
    {
      name: 'operators',
      title: 'Operators',
      columns: [
        { label: 'operator', flexible: true },
        right('activities'),
        ms('own ms'),
        ms('with inner ms'),
      ],
      rows: trace.operators.map((g) => [g.key, g.totalCount, g.sumNs / 1e6, g.totalNs / 1e6]),
    },
    {
      name: 'layers',
      title: `Layers (${HOW[source]})`,
      columns: [{ label: 'layer', flexible: true }, right('activities'), ms('ms')],
      rows: layers.map((layer) => [layer.name, layer.count, layer.sumNs / 1e6]),
    },
    {
      name: 'products',
      title: 'Matrix products',
      columns: [
        { label: 'm×n×k', flexible: true },
        { label: 'type' },
        right('calls'),
        ms('ms'),
        decimal('TFLOP/s', 1),
        decimal('TB/s', 2),
        share('of roof'),
      ],
      rows: trace.gemms.map(({ call, count, sumNs, flopsPerS, bytesPerS, rooflineShare }) => [
        `${call.op === 'bmm' ? `${call.batch} × ` : ''}${call.m}×${call.n}×${call.k}`,
        call.dtype,
        count,
        sumNs / 1e6,
        flopsPerS / 1e12,
        bytesPerS / 1e12,
        rooflineShare,
      ]),
    },
    ...(trace.work === undefined ? [] : [workTable(trace.work)]),
    {
      name: 'collectives',
      title: 'Collectives',
      columns: [
        { label: 'collective' },
        right('ranks'),
        right('bytes'),
        right('calls'),
        ms('ms'),
        decimal('bus GB/s', 1),
      ],
      rows: trace.collectives.map(({ kind, ranks, bytes, count, sumNs, busBytesPerS }) => [
        kind,
        ranks,
        bytes,
        count,
        sumNs / 1e6,
        busBytesPerS === null ? null : busBytesPerS / 1e9,
      ]),
    },
    pathTable(trace.criticalPath),
  ]
}

/** The longest gaps. */
export function gapsTable({ idle, breakdown }: TraceAnalysis): ResultTable {
  return {
    name: 'gaps',
    title: 'Longest idle gaps',
    columns: [ms('start ms'), ms('ms'), { label: 'waiting for' }],
    rows: idle.longest.map(({ startNs, durationNs, cause }) => [
      (startNs - breakdown.startNs) / 1e6,
      durationNs / 1e6,
      WAITING[cause]!,
    ]),
  }
}

const HOW: Record<TraceAnalysis['layers']['source'], string> = {
  modules: 'by the names of modules',
  names: 'by names in annotations',
  repetition: 'by the repetition of kernels',
  none: 'none found',
}
const WAITING: Record<string, string> = { launch: 'the host', dependency: 'other work', other: '?' }

const PATH: Record<string, string> = {
  launch: 'launch latency',
  host: 'host code between runtime calls',
  call: 'runtime calls',
  sync: 'return from calls that waited',
  gap: 'start after a dependency',
  before: 'what began before the trace',
}

function pathTable({ kinds, windowNs }: TraceAnalysis['criticalPath']): ResultTable {
  return {
    name: 'critical-path',
    title: 'Critical path',
    columns: [{ label: 'through' }, ms('ms'), share('share')],
    rows: Object.entries(kinds)
      .filter(([, ns]) => ns > 0)
      .sort((a, b) => b[1] - a[1])
      .map(([kind, ns]) => [PATH[kind] ?? kind, ns / 1e6, ns / Math.max(1, windowNs)]),
  }
}

/** Ours over what the hardware counted: 1 where they agree. */
function workTable({ rows }: WorkCheck): ResultTable {
  const scaled = (value: number | null, by: number) => (value === null ? null : value / by)
  return {
    name: 'work',
    title: 'Work of kernels, ours and as Nsight Compute measured it',
    columns: [
      { label: 'kernel', flexible: true },
      { label: 'shape' },
      right('calls'),
      decimal('GFLOP', 3),
      decimal('measured', 3),
      decimal('ratio', 2),
      decimal('MB', 3),
      decimal('measured', 3),
      decimal('ratio', 2),
      share('occupancy'),
      decimal('µs', 2),
      decimal('in ncu', 2),
    ],
    rows: rows.map(({ name, op, shape, count, flops, bytes, occupancy, traceNs, ncuNs }) => [
      op ?? name,
      shape,
      count,
      scaled(flops.ours, 1e9),
      scaled(flops.measured, 1e9),
      flops.ratio,
      scaled(bytes.ours, 1e6),
      scaled(bytes.measured, 1e6),
      bytes.ratio,
      occupancy,
      traceNs / 1e3,
      scaled(ncuNs, 1e3),
    ]),
  }
}

/** What is told of all ranks together. */
export function jobTables(job: JobAnalysis): ResultTable[] {
  return [
    {
      name: 'ranks',
      title: `All ${job.ranks.length} ranks`,
      columns: [
        { label: 'family' },
        ms('ms'),
        share('share'),
        { label: 'counted as' },
        ...job.ranks.map((rank) => ms(`rank ${rank}`)),
      ],
      rows: job.families.map(({ family, ns, share: part, method, perRankNs }) => [
        family,
        ns / 1e6,
        part,
        method === 'mean' ? 'mean' : 'transfer',
        ...perRankNs.map((value) => value / 1e6),
      ]),
    },
    {
      name: 'stragglers',
      title: 'Stragglers',
      columns: [
        right('rank'),
        right('collectives'),
        right('came last'),
        decimal('mean lateness µs', 1),
        ms('waited ms'),
        ms('made others wait ms'),
      ],
      rows: job.stragglers.map((row) => [
        row.rank,
        row.count,
        row.lastArrivals,
        row.meanLatenessNs / 1e3,
        row.waitNs / 1e6,
        row.causedWaitNs / 1e6,
      ]),
    },
    { ...pathTable(job.criticalPath), name: 'job-critical-path' },
  ]
}
