// What `flowsim analyze` shows on a terminal.
import { renderShares } from '@flowsim/report/terminal'
import { plotWidth, say, tableText } from '../../program/lines.js'
import { print } from '../../program/print.js'
import { formatNs, formatShare } from '../../program/progress.js'
import { type ResultTable, readableRows } from '../../program/tables.js'
import type { JobAnalysis, TraceAnalysis } from './run.js'
import {
  findingsTable,
  gapsTable,
  jobTables,
  type Shown,
  traceTables,
  windowTable,
} from './tables.js'

/** Prints tables of traces, and of all ranks together. */
export function printAnalysis(
  traces: readonly Shown[],
  job: JobAnalysis | null,
  top: number,
): void {
  for (const trace of traces) printTrace(trace, top)
  if (job !== null)
    for (const table of jobTables(job))
      printTable(table, table.name === 'job-critical-path' ? 10 : top)
}

function printTrace(trace: Shown, top: number): void {
  const { breakdown: b } = trace
  say(`${trace.source}: ${trace.rank.label}, ${devicesText(trace.devices)}`)
  title(`Window ${formatNs(b.windowNs)}, busy ${formatShare(b.busyNs / Math.max(1, b.windowNs))}`)
  print(
    renderShares(
      windowTable(trace).rows.map(([label, value]) => ({
        label: String(label),
        value: Number(value),
        text: formatNs(Number(value) * 1e6),
      })),
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
  for (const table of traceTables(trace)) printTable(table, top)
  printTable(gapsTable(trace), Math.min(top, 5))
  print()
}

function devicesText({ names, nameless }: TraceAnalysis['devices']): string {
  if (nameless === 0) return names.join(', ')
  return [
    ...names,
    nameless === 1 ? 'a device without a name' : `${nameless} devices without a name`,
  ].join(', ')
}

/** What to do next: the most to gain first. */
function printFindings({ findings }: TraceAnalysis): void {
  if (findings.length === 0) return
  title('Findings, by the time to gain at most')
  findings.forEach(({ title: text, gainNs, evidence, advice }, i) => {
    say(`${i + 1}. ${text}: up to ${formatNs(gainNs)}`)
    for (const line of [...evidence, `→ ${advice}`]) say(`   ${line}`)
  })
}

function title(text: string): void {
  print(`\n${text}`)
}

/** A table with its title; nothing where it has no rows. */
function printTable(table: ResultTable, top: number): void {
  const { title: text, columns, rows } = table
  if (rows.length === 0) return
  title(text)
  const shown = { ...table, rows: rows.slice(0, top) }
  print(tableText(columns, readableRows(shown)))
  if (rows.length > top) print(`… ${rows.length - top} more (--top, --json)`)
}

/** The analysis as tables for --format: of several traces each under the name of its rank. */
export function analysisTables(traces: readonly Shown[], job: JobAnalysis | null): ResultTable[] {
  const each = traces.flatMap((trace) => {
    const tables = [
      findingsTable(trace),
      windowTable(trace),
      ...traceTables(trace),
      gapsTable(trace),
    ]
    if (traces.length === 1) return tables
    const rank = trace.rank.label.replaceAll(' ', '-')
    return tables.map((table) => ({
      ...table,
      name: `${table.name}-${rank}`,
      title: `${table.title}, ${trace.rank.label}`,
    }))
  })
  return [...each, ...(job === null ? [] : jobTables(job))]
}

/** What a pull request needs to know of an analysis first. */
export function analysisLead(traces: readonly Shown[]): string[] {
  return traces.map(({ source, rank, breakdown: b, findings }) => {
    const first = findings[0]
    const next = first ? ` Next: ${first.title} (up to ${formatNs(first.gainNs)}).` : ''
    return `**${source.replace(/^.*[\\/]/, '')}**, ${rank.label}: ${formatNs(b.windowNs)}, busy ${formatShare(b.busyNs / Math.max(1, b.windowNs))}.${next}`
  })
}
