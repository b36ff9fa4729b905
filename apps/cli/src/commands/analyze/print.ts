// What `flowsim analyze` shows on a terminal.
import type { WorkCheck } from '@flowsim/analysis'
import { renderShares, type TableCell, type TableColumn } from '@flowsim/report/terminal'
import { plotWidth, say, tableText } from '../../program/lines.js'
import { print } from '../../program/print.js'
import { formatNs, formatShare } from '../../program/progress.js'
import type { JobAnalysis, TraceAnalysis } from './run.js'

const ms = (label: string): TableColumn => ({ label, align: 'right', digits: 3 })
const share = (value: number) => formatShare(value)

type Shown = TraceAnalysis & { rank: { label: string }; work?: WorkCheck }

/** Prints tables of traces, and of all ranks together. */
export function printAnalysis(
  traces: readonly Shown[],
  job: JobAnalysis | null,
  top: number,
): void {
  for (const trace of traces) printTrace(trace, top)
  if (job !== null) printJob(job, top)
}

function printTrace(trace: Shown, top: number): void {
  const { breakdown: b } = trace
  say(`${trace.source}: ${trace.rank.label}, ${devicesText(trace.devices)}`)
  title(`Window ${formatNs(b.windowNs)}, busy ${share(b.busyNs / Math.max(1, b.windowNs))}`)
  const parts: [string, number][] = [
    ['computation', b.computationNs],
    ['exposed communication', b.exposedCommunicationNs],
    ['exposed copies', b.exposedMemcpyNs],
    ['idle: waiting for the host', b.idle.launchBoundNs],
    ['idle: waiting for other work', b.idle.dependencyBoundNs],
    ['idle: cause not recorded', b.idle.otherNs],
  ]
  print(
    renderShares(
      parts.map(([label, value]) => ({ label, value, text: formatNs(value) })),
      { width: plotWidth() },
    ),
  )
  if (trace.lostKernels !== null) {
    const { count, of } = trace.lostKernels
    say(
      `${count} of ${of} launches have no kernel: the trace is incomplete, and less was idle than it shows`,
    )
  }
  printFindings(trace)
  printSteps(trace, top)
  table(
    'Operations',
    [
      { label: 'operation', flexible: true },
      { label: 'family' },
      right('activities'),
      ms('ms'),
      right('share'),
    ],
    trace.operations.map((g) => [g.key, g.family, g.count, g.sumNs / 1e6, share(g.share)]),
    top,
  )
  table(
    'Operators',
    [{ label: 'operator', flexible: true }, right('activities'), ms('own ms'), ms('with inner ms')],
    trace.operators.map((g) => [g.key, g.totalCount, g.sumNs / 1e6, g.totalNs / 1e6]),
    top,
  )
  const { layers, source } = trace.layers
  table(
    `Layers (${HOW[source]})`,
    [{ label: 'layer', flexible: true }, right('activities'), ms('ms')],
    layers.map((layer) => [layer.name, layer.count, layer.sumNs / 1e6]),
    top,
  )
  table(
    'Matrix products',
    [
      { label: 'm×n×k', flexible: true },
      { label: 'type' },
      right('calls'),
      ms('ms'),
      { label: 'TFLOP/s', align: 'right', digits: 1 },
      { label: 'TB/s', align: 'right', digits: 2 },
      right('of roof'),
    ],
    trace.gemms.map(({ call, count, sumNs, flopsPerS, bytesPerS, rooflineShare }) => [
      `${call.op === 'bmm' ? `${call.batch} × ` : ''}${call.m}×${call.n}×${call.k}`,
      call.dtype,
      count,
      sumNs / 1e6,
      flopsPerS / 1e12,
      bytesPerS / 1e12,
      rooflineShare === null ? null : share(rooflineShare),
    ]),
    top,
  )
  if (trace.work !== undefined) printWork(trace.work, top)
  table(
    'Collectives',
    [
      { label: 'collective' },
      right('ranks'),
      right('bytes'),
      right('calls'),
      ms('ms'),
      { label: 'bus GB/s', align: 'right', digits: 1 },
    ],
    trace.collectives.map(({ kind, ranks, bytes, count, sumNs, busBytesPerS }) => [
      kind,
      ranks,
      bytes,
      count,
      sumNs / 1e6,
      busBytesPerS === null ? null : busBytesPerS / 1e9,
    ]),
    top,
  )
  printPath(trace.criticalPath)
  table(
    'Longest idle gaps',
    [ms('start ms'), ms('ms'), { label: 'waiting for' }],
    trace.idle.longest.map(({ startNs, durationNs, cause }) => [
      (startNs - b.startNs) / 1e6,
      durationNs / 1e6,
      WAITING[cause]!,
    ]),
    Math.min(top, 5),
  )
  print()
}

function devicesText({ names, nameless }: TraceAnalysis['devices']): string {
  if (nameless === 0) return names.join(', ')
  return [
    ...names,
    nameless === 1 ? 'a device without a name' : `${nameless} devices without a name`,
  ].join(', ')
}

const HOW: Record<TraceAnalysis['layers']['source'], string> = {
  modules: 'by the names of modules',
  names: 'by names in annotations',
  repetition: 'by the repetition of kernels',
  none: 'none found',
}
const WAITING: Record<string, string> = { launch: 'the host', dependency: 'other work', other: '?' }

/** What to do next: the most to gain first. */
function printFindings({ findings }: TraceAnalysis): void {
  if (findings.length === 0) return
  title('Findings, by the time to gain at most')
  findings.forEach(({ title: text, gainNs, evidence, advice }, i) => {
    say(`${i + 1}. ${text}: up to ${formatNs(gainNs)}`)
    for (const line of [...evidence, `→ ${advice}`]) say(`   ${line}`)
  })
}

function printSteps({ steps: { steps } }: TraceAnalysis, top: number): void {
  table(
    'Steps',
    [
      { label: 'step', flexible: true },
      { label: 'phase' },
      right('tokens'),
      ms('ms'),
      right('busy'),
    ],
    steps.map(({ name, phase, tokens, durationNs, breakdown }) => [
      name,
      phase,
      tokens,
      durationNs / 1e6,
      share(breakdown.busyNs / Math.max(1, durationNs)),
    ]),
    top,
  )
}

function printPath({ kinds, windowNs }: TraceAnalysis['criticalPath']): void {
  table(
    'Critical path',
    [{ label: 'through' }, ms('ms'), right('share')],
    Object.entries(kinds)
      .filter(([, ns]) => ns > 0)
      .sort((a, b) => b[1] - a[1])
      .map(([kind, ns]) => [PATH[kind] ?? kind, ns / 1e6, share(ns / Math.max(1, windowNs))]),
    10,
  )
}

const PATH: Record<string, string> = {
  launch: 'launch latency',
  host: 'host code between runtime calls',
  call: 'runtime calls',
  sync: 'return from calls that waited',
  gap: 'start after a dependency',
  before: 'what began before the trace',
}

/** Ours over what the hardware counted: 1 where they agree. */
function printWork({ rows }: WorkCheck, top: number): void {
  const ratio = (label: string): TableColumn => ({ label, align: 'right', digits: 2 })
  const giga = (value: number | null) => (value === null ? null : value / 1e9)
  const mega = (value: number | null) => (value === null ? null : value / 1e6)
  table(
    'Work of kernels, ours and as Nsight Compute measured it',
    [
      { label: 'kernel', flexible: true },
      { label: 'shape' },
      right('calls'),
      { label: 'GFLOP', align: 'right', digits: 3 },
      { label: 'measured', align: 'right', digits: 3 },
      ratio('ratio'),
      { label: 'MB', align: 'right', digits: 3 },
      { label: 'measured', align: 'right', digits: 3 },
      ratio('ratio'),
      right('occupancy'),
      { label: 'µs', align: 'right', digits: 2 },
      { label: 'in ncu', align: 'right', digits: 2 },
    ],
    rows.map(({ name, op, shape, count, flops, bytes, occupancy, traceNs, ncuNs }) => [
      op ?? name,
      shape,
      count,
      giga(flops.ours),
      giga(flops.measured),
      flops.ratio,
      mega(bytes.ours),
      mega(bytes.measured),
      bytes.ratio,
      occupancy === null ? null : share(occupancy),
      traceNs / 1e3,
      ncuNs === null ? null : ncuNs / 1e3,
    ]),
    top,
  )
}

function printJob(job: JobAnalysis, top: number): void {
  table(
    `All ${job.ranks.length} ranks`,
    [
      { label: 'family' },
      ms('ms'),
      right('share'),
      { label: 'counted as' },
      ...job.ranks.map((rank) => ms(`rank ${rank}`)),
    ],
    job.families.map(({ family, ns, share: part, method, perRankNs }) => [
      family,
      ns / 1e6,
      share(part),
      method === 'mean' ? 'mean' : 'transfer',
      ...perRankNs.map((value) => value / 1e6),
    ]),
    top,
  )
  table(
    'Stragglers',
    [
      right('rank'),
      right('collectives'),
      right('came last'),
      { label: 'mean lateness µs', align: 'right', digits: 1 },
      ms('waited ms'),
      ms('made others wait ms'),
    ],
    job.stragglers.map((row) => [
      row.rank,
      row.count,
      row.lastArrivals,
      row.meanLatenessNs / 1e3,
      row.waitNs / 1e6,
      row.causedWaitNs / 1e6,
    ]),
    top,
  )
  printPath(job.criticalPath)
}

function right(label: string): TableColumn {
  return { label, align: 'right' }
}

function title(text: string): void {
  print(`\n${text}`)
}

/** A table with its title; nothing where it has no rows. */
function table(
  text: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  top: number,
): void {
  if (rows.length === 0) return
  title(text)
  print(tableText(columns, rows.slice(0, top)))
  if (rows.length > top) print(`… ${rows.length - top} more (--top, --json)`)
}
