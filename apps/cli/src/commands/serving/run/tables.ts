// A simulation as tables for --format: every number of the report by its name, requests, and the run over time.
import {
  ASSUMPTION_COLUMNS,
  ASSUMPTIONS_TITLE,
  assumptionRows,
  seconds,
} from '@flowsim/report/serving'
import type { TableCell } from '@flowsim/report/terminal'
import type { PreparedRun, SimulationResult } from '@flowsim/serving-sim'
import type { ServingReport } from '@flowsim/trace-schema'
import type { CsvCell } from '../../../program/csv.js'
import type { ResultTable } from '../../../program/tables.js'
import { requestRows, timelineRows } from './result-files.js'

/** The tables of a simulation. */
export function servingTables(
  result: SimulationResult,
  assumptions: PreparedRun['assumptions'],
): ResultTable[] {
  return [
    metricsTable([result.report, ...result.instances]),
    {
      name: 'assumptions',
      title: ASSUMPTIONS_TITLE,
      columns: ASSUMPTION_COLUMNS.map((label) => ({ label })),
      rows: assumptionRows(assumptions),
    },
    table('timeline', 'Over time', result.timeline === null ? [] : timelineRows(result.timeline)),
    table('requests', 'Requests', requestRows(result.requests)),
  ]
}

/** A row for each number, by the name that --fail-if and --slo use. */
function metricsTable(reports: readonly ServingReport[]): ResultTable {
  const numbers = reports.map((report) => new Map(numbersOf(report)))
  const names = [...new Set(numbers.flatMap((each) => [...each.keys()]))]
  return {
    name: 'metrics',
    title: 'Metrics',
    columns: [
      { label: 'metric' },
      ...reports.map(({ instance }) => ({ label: instance, align: 'right' as const })),
    ],
    rows: names.map((name) => [name, ...numbers.map((each) => each.get(name) ?? null)]),
  }
}

function* numbersOf(value: object, path = ''): Generator<[string, number]> {
  for (const [key, each] of Object.entries(value)) {
    const name = path === '' ? key : `${path}.${key}`
    if (typeof each === 'number') yield [name, each]
    else if (typeof each === 'object' && each !== null && !Array.isArray(each)) {
      yield* numbersOf(each, name)
    }
  }
}

/** Rows whose first is the head. */
function table(name: string, title: string, all: Iterable<readonly CsvCell[]>): ResultTable {
  const [head, ...rows] = all
  return {
    name,
    title,
    columns: (head ?? []).map((label) => ({ label: String(label) })),
    rows: rows as TableCell[][],
  }
}

/** The result in a sentence. */
export function servingLead({
  requestsPerS,
  outputTokensPerS,
  ttft,
  tpot,
}: ServingReport): string[] {
  const latency = [
    ...(ttft === null ? [] : [`TTFT p50 ${seconds(ttft.p50S)}, p99 ${seconds(ttft.p99S)}`]),
    ...(tpot === null ? [] : [`TPOT p50 ${seconds(tpot.p50S)}, p99 ${seconds(tpot.p99S)}`]),
  ]
  const rates = `${requestsPerS.toPrecision(4)} requests/s, ${outputTokensPerS.toPrecision(4)} output tokens/s`
  return [`**${rates}**${latency.length > 0 ? `; ${latency.join('; ')}` : ''}.`]
}
