// What a replay came to, for people and as rows of a CSV file.
import type { PathKind, ScenarioRow } from '@flowsim/replay'
import { renderTable, type TableColumn } from '@flowsim/report/terminal'
import { counted } from '@flowsim/trace-schema'
import { wrapped } from '../../program/lines.js'
import { formatNs, formatShare } from '../../program/progress.js'
import type { ReplayDocument } from './run.js'

const PATH: Record<PathKind, string> = {
  computation: 'computation',
  communication: 'communication',
  memcpy: 'copies',
  launch: 'launch latency',
  call: 'runtime calls',
  host: 'host',
  sync: 'synchronisation',
  gap: 'gaps',
  before: 'before the trace',
}

/** Prose in files, whose tables are as wide as they are. */
const PROSE_WIDTH = 100

function right(label: string): TableColumn {
  return { label, align: 'right' }
}

/** Tables: the scenarios beside each other, their critical paths, and what changed most in each. */
export function comparisonText(
  { traces, graph, scenarios }: ReplayDocument,
  width: number,
): string {
  const count = traces.length === 1 ? traces[0]!.source : `${traces.length} ranks`
  const prose = (text: string) => wrapped(text, Math.min(width, PROSE_WIDTH))
  const parts = [
    prose(
      `${count}: ${counted(graph.kernels, 'kernel')}, ${graph.activities - graph.kernels} copies and fills, ${counted(graph.calls, 'runtime call')}, ${counted(graph.edges, 'dependency', 'dependencies')}\n`,
    ),
    summaryTable(scenarios, width),
    `\nCritical path`,
    pathTable(scenarios, width),
  ]
  for (const row of scenarios.slice(1)) parts.push(`\n${row.name}`, contributorTable(row, width))
  parts.push(
    '',
    prose(
      'End to end: from the first start to the last end, replayed from the dependencies of the trace. Busy and idle: means over devices. Sum of kernels: durations of GPU kernels of all ranks added up; overlap counts twice, copies, fills and idle time not at all.',
    ),
  )
  if (scenarios.some(({ endToEndP10Ns }) => endToEndP10Ns !== null)) {
    parts.push(
      prose(
        'p10 and p90: one run in ten is expected below and above, from the uncertainty of each kernel alone.',
      ),
    )
  }
  parts.push('')
  return parts.join('\n')
}

function summaryTable(rows: readonly ScenarioRow[], width: number): string {
  const hasBounds = rows.some(({ endToEndP10Ns }) => endToEndP10Ns !== null)
  const hasStandIns = rows.some(({ unanswered }) => unanswered.count > 0)
  const bound = (ns: number | null) => (ns === null ? '' : formatNs(ns))
  return renderTable(
    [
      { label: 'scenario', flexible: true },
      right('end to end'),
      right('change'),
      ...(hasStandIns ? [right('predicted')] : []),
      ...(hasBounds ? [right('p10'), right('p90')] : []),
      right('busy'),
      right('idle'),
      right('exposed comm.'),
      right('sum of kernels'),
    ],
    rows.map((row, i) => [
      row.name,
      formatNs(row.endToEndNs),
      i === 0 ? '' : change(row),
      ...(hasStandIns ? [predictedShare(row)] : []),
      ...(hasBounds ? [bound(row.endToEndP10Ns), bound(row.endToEndP90Ns)] : []),
      formatNs(row.busyNs),
      formatNs(row.idleNs),
      formatNs(row.exposedCommunicationNs),
      formatNs(row.kernelSumNs),
    ]),
    { width, whole: '--wide' },
  )
}

function predictedShare({ unanswered }: ScenarioRow): string {
  return formatShare(1 - unanswered.timeShare)
}

function change({ changeNs, endToEndNs }: ScenarioRow): string {
  if (changeNs === null || endToEndNs === null) return '–'
  const before = endToEndNs - changeNs
  const sign = changeNs < 0 ? '−' : '+'
  return before === 0 ? '' : `${sign}${formatShare(Math.abs(changeNs) / before)}`
}

function pathTable(rows: readonly ScenarioRow[], width: number): string {
  const kinds = (Object.keys(PATH) as PathKind[]).filter((kind) =>
    rows.some(({ criticalPath }) => (criticalPath?.[kind] ?? 0) > 0),
  )
  return renderTable(
    [{ label: 'scenario', flexible: true }, ...kinds.map((kind) => right(PATH[kind]))],
    rows.map(({ name, criticalPath }) => [
      name,
      ...kinds.map((kind) => formatNs(criticalPath?.[kind] ?? null)),
    ]),
    { width, whole: '--wide' },
  )
}

/** How much of a scenario is not a prediction, or a doubtful one. */
function shares({ unanswered, doubtful }: Pick<ScenarioRow, 'unanswered' | 'doubtful'>): string[] {
  const text = (count: number, share: number) =>
    `${counted(count, 'kernel')} (${formatShare(share)} of the time)`
  return [
    ...(unanswered.count > 0
      ? [
          `no estimate for ${text(unanswered.count, unanswered.timeShare)}: stand-ins with wide bounds in the totals`,
        ]
      : []),
    ...(doubtful.count > 0
      ? [
          `doubtful: ${text(doubtful.count, doubtful.timeShare)}, whose dimensions imply more than the device can do`,
        ]
      : []),
  ]
}

function contributorTable(
  { contributors, notes, endToEndNs, busyNs, ...row }: ScenarioRow,
  width: number,
): string {
  const lines = [...shares(row), ...notes].map((text) =>
    wrapped(`  ${text}`, Math.min(width, PROSE_WIDTH)),
  )
  if (endToEndNs === null) {
    const why =
      busyNs === null
        ? 'less than 80 % of the kernel time is predicted from dimensions that can be true: there is no total'
        : 'the traces are not one system: there is no end to end'
    return [...lines, `  ${why}`].join('\n')
  }
  if (contributors.length === 0)
    return [...lines, '  nothing on the critical path changed'].join('\n')
  const table = renderTable(
    [
      { label: 'on the critical path', flexible: true },
      { label: 'kind' },
      right('before'),
      right('after'),
      right('change'),
    ],
    contributors.map(({ name, kind, beforeNs, afterNs, changeNs }) => [
      name,
      PATH[kind],
      formatNs(beforeNs),
      formatNs(afterNs),
      `${changeNs < 0 ? '−' : '+'}${formatNs(Math.abs(changeNs))}`,
    ]),
    { width, whole: '--wide' },
  )
  return [...lines, table].join('\n')
}

/** The scenarios as rows below a header; times are microseconds. */
export function comparisonRows({ scenarios }: ReplayDocument): string[][] {
  const us = (ns: number | null) => (ns === null ? '' : String(Math.round(ns) / 1000))
  const kinds = Object.keys(PATH) as PathKind[]
  const header = [
    'scenario',
    'end_to_end_us',
    'p10_us',
    'p90_us',
    'change_us',
    'speedup',
    'busy_us',
    'busy_p10_us',
    'busy_p90_us',
    'idle_us',
    'exposed_communication_us',
    'kernel_sum_us',
    'kernels',
    'changed_kernels',
    'unanswered_share',
    'doubtful_share',
    ...kinds.map((kind) => `path_${kind}_us`),
    'notes',
  ]
  const rows = scenarios.map((row) => [
    row.name,
    us(row.endToEndNs),
    us(row.endToEndP10Ns),
    us(row.endToEndP90Ns),
    us(row.changeNs),
    row.speedup === null ? '' : String(Number(row.speedup.toPrecision(6))),
    us(row.busyNs),
    us(row.busyP10Ns),
    us(row.busyP90Ns),
    us(row.idleNs),
    us(row.exposedCommunicationNs),
    us(row.kernelSumNs),
    String(row.kernels),
    String(row.changedKernels),
    String(Number(row.unanswered.timeShare.toPrecision(6))),
    String(Number(row.doubtful.timeShare.toPrecision(6))),
    ...kinds.map((kind) => us(row.criticalPath?.[kind] ?? null)),
    row.notes.join('; '),
  ])
  return [header, ...rows]
}
