// The tables of a page whose rows are shown as they are.
import { describeCall, formatBytes, type PageTable } from '@flowsim/trace-schema'
import type { ReportData } from './report-data.js'

export function gemmTable(rows: NonNullable<ReportData['gemms']>): PageTable {
  return {
    columns: [
      { label: 'Operation', align: 'left' },
      { label: 'Shape m×n×k', align: 'left' },
      { label: 'Calls', align: 'right', digits: 0 },
      { label: 'Time', unit: 'ms', align: 'right', digits: 3 },
      { label: 'Mean', unit: 'µs', align: 'right', digits: 2 },
      { label: 'Achieved', unit: 'TFLOP/s', align: 'right', digits: 1 },
      { label: 'Moved', unit: 'TB/s', align: 'right', digits: 2 },
      { label: 'Roofline', unit: '%', align: 'right', digits: 1 },
      { label: 'Bound', align: 'left' },
      { label: 'Kernel', align: 'left', mono: true },
    ],
    rows: rows.map((row) => [
      row.call.op,
      describeCall(row.call),
      row.count,
      row.sumNs / 1e6,
      row.meanNs / 1e3,
      row.flopsPerS / 1e12,
      row.bytesPerS / 1e12,
      row.rooflineShare === null ? null : row.rooflineShare * 100,
      row.bound,
      row.kernels.join(', '),
    ]),
  }
}

export function collectiveTable({ groups }: NonNullable<ReportData['collectives']>): PageTable {
  return {
    columns: [
      { label: 'Collective', align: 'left' },
      { label: 'By', align: 'left' },
      { label: 'Ranks', align: 'right', digits: 0 },
      { label: 'Size', align: 'right' },
      { label: 'Calls', align: 'right', digits: 0 },
      { label: 'Time', unit: 'ms', align: 'right', digits: 3 },
      { label: 'Median', unit: 'µs', align: 'right', digits: 1 },
      { label: 'Longest', unit: 'µs', align: 'right', digits: 1 },
      { label: 'Algorithm', unit: 'GB/s', align: 'right', digits: 1 },
      { label: 'Bus', unit: 'GB/s', align: 'right', digits: 1 },
    ],
    rows: groups.map((group) => [
      group.kind,
      group.library ? `library${group.group ? `, group ${group.group}` : ''}` : 'own kernel',
      group.ranks,
      group.bytes === null ? null : formatBytes(group.bytes),
      group.count,
      group.sumNs / 1e6,
      group.durationNs.p50 / 1e3,
      group.durationNs.max / 1e3,
      group.algorithmBytesPerS === null ? null : group.algorithmBytesPerS / 1e9,
      group.busBytesPerS === null ? null : group.busBytesPerS / 1e9,
    ]),
  }
}

export function workTable({ rows }: NonNullable<ReportData['work']>): PageTable {
  const scaled = (value: number | null, by: number) => (value === null ? null : value / by)
  return {
    columns: [
      { label: 'Operation', align: 'left' },
      { label: 'Shape', align: 'left' },
      { label: 'Calls', align: 'right', digits: 0 },
      { label: 'FLOPs', unit: 'G', align: 'right', digits: 3 },
      { label: 'Measured', unit: 'G', align: 'right', digits: 3 },
      { label: 'Ratio', align: 'right', digits: 2 },
      { label: 'Bytes', unit: 'MB', align: 'right', digits: 3 },
      { label: 'Measured', unit: 'MB', align: 'right', digits: 3 },
      { label: 'Ratio', align: 'right', digits: 2 },
      { label: 'Occupancy', unit: '%', align: 'right', digits: 1 },
      { label: 'In the trace', unit: 'µs', align: 'right', digits: 2 },
      { label: 'Measured', unit: 'µs', align: 'right', digits: 2 },
      { label: 'Kernel', align: 'left', mono: true },
    ],
    rows: rows.map(({ name, op, shape, count, flops, bytes, occupancy, traceNs, ncuNs }) => [
      op,
      shape,
      count,
      scaled(flops.ours, 1e9),
      scaled(flops.measured, 1e9),
      flops.ratio,
      scaled(bytes.ours, 1e6),
      scaled(bytes.measured, 1e6),
      bytes.ratio,
      occupancy === null ? null : occupancy * 100,
      traceNs / 1e3,
      scaled(ncuNs, 1e3),
      name,
    ]),
  }
}

export function rankTable({ ranks, families }: NonNullable<ReportData['ranks']>): PageTable {
  return {
    columns: [
      { label: 'Family', align: 'left' },
      { label: 'Job', unit: 'ms', align: 'right', digits: 3 },
      { label: 'Share', unit: '%', align: 'right', digits: 1 },
      { label: 'Counted as', align: 'left' },
      ...ranks.map((rank) => ({
        label: `Rank ${rank}`,
        unit: 'ms',
        align: 'right' as const,
        digits: 3,
      })),
    ],
    rows: families.map((row) => [
      row.family,
      row.ns / 1e6,
      row.share * 100,
      row.method === 'mean' ? 'mean of ranks' : 'transfer time',
      ...row.perRankNs.map((ns) => ns / 1e6),
    ]),
  }
}

export function stragglerTable(rows: NonNullable<ReportData['stragglers']>): PageTable {
  return {
    columns: [
      { label: 'Rank', align: 'right', digits: 0 },
      { label: 'Collectives', align: 'right', digits: 0 },
      { label: 'Came last', align: 'right', digits: 0 },
      { label: 'Mean lateness', unit: 'µs', align: 'right', digits: 1 },
      { label: 'Waited', unit: 'ms', align: 'right', digits: 3 },
      { label: 'Made others wait', unit: 'ms', align: 'right', digits: 3 },
    ],
    rows: rows.map((row) => [
      row.rank,
      row.count,
      row.lastArrivals,
      row.meanLatenessNs / 1e3,
      row.waitNs / 1e6,
      row.causedWaitNs / 1e6,
    ]),
  }
}

export function pathTable({
  kernels,
  windowNs,
}: NonNullable<ReportData['criticalPath']>): PageTable {
  return {
    columns: [
      { label: 'Activity', align: 'left', mono: true },
      { label: 'On the path', align: 'right', digits: 0 },
      { label: 'Time', unit: 'ms', align: 'right', digits: 3 },
      { label: 'Of the path', unit: '%', align: 'right', digits: 1 },
    ],
    rows: kernels
      .slice(0, 20)
      .map(({ name, count, ns }) => [name, count, ns / 1e6, (ns / Math.max(1, windowNs)) * 100]),
  }
}
