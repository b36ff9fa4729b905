// The comparison tables of the simulator testbed (`compare-runs`), number for number.
//
// TTFT percentiles are those of all requests of each run. Token latencies are those of requests in
// both runs, of the simulation only as many as the measured run has, and with the 0 of first tokens.
import { quantile } from 'd3-array'
import type { RecordedToken } from './measured-run.js'
import type { RecordedRequest } from './recorded-run.js'

/** A row of a table; nanoseconds. */
export interface TestbedRow {
  metric: string
  realNs: number
  simNs: number
}

export interface TestbedTables {
  ttft: TestbedRow[]
  tokenLatency: TestbedRow[]
}

/** A run: its requests and its tokens. */
export interface TestbedRun {
  requests: readonly RecordedRequest[]
  tokens: readonly RecordedToken[]
}

const PERCENTILES = [0.5, 0.9, 0.99]

/** The tables of a simulation against a measured run. */
export function testbedTables(real: TestbedRun, sim: TestbedRun): TestbedTables {
  const ttft = ({ requests }: TestbedRun) =>
    requests.filter(({ ok }) => ok).map(({ firstTokenNs, arrivalNs }) => firstTokenNs - arrivalNs)
  const actual = new Map(real.requests.map(({ id, tokens }) => [id, tokens]))
  const simulated = new Set(sim.requests.map(({ id }) => id))
  const latencies = ({ tokens }: TestbedRun) =>
    tokens
      .filter(({ request, index }) => simulated.has(request) && index < (actual.get(request) ?? 0))
      .map(({ latencyNs }) => latencyNs)
  return {
    ttft: rows(ttft(real), ttft(sim)),
    tokenLatency: rows(latencies(real), latencies(sim)),
  }
}

/** A table as the testbed writes it. */
export function testbedCsv(table: readonly TestbedRow[]): string {
  const lines = table.map(
    ({ metric, realNs, simNs }) => `${metric},${decimal(realNs)},${decimal(simNs)}`,
  )
  return `metric,real_ns,sim_ns\n${lines.join('\n')}\n`
}

function rows(real: readonly number[], sim: readonly number[]): TestbedRow[] {
  return PERCENTILES.map((q) => ({
    metric: `p${Math.round(q * 100)}`,
    realNs: quantile(real, q) ?? 0,
    simNs: quantile(sim, q) ?? 0,
  }))
}

/** As Python prints a float. */
const decimal = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value))
