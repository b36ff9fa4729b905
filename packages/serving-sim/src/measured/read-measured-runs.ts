// Reads measured runs in whatever format they are.
import { ServingError } from '../errors.js'
import { SIMULATORS } from '../simulators/index.js'
import { aiconfigurator } from './formats/aiconfigurator.js'
import { aiperf } from './formats/aiperf.js'
import { benchJson } from './formats/bench-json.js'
import { guidellm } from './formats/guidellm.js'
import { llmServingSimBench } from './formats/llm-serving-sim-bench.js'
import { prometheus } from './formats/prometheus.js'
import { requestTable } from './formats/request-table.js'
import { sglangSimulator } from './formats/sglang-simulator.js'
import type { MeasuredFormat, MeasuredRun } from './measured-run.js'

/** The formats. A new one is a file and a line here; the table is the last, for any text can be one. */
const OTHERS: readonly MeasuredFormat[] = [
  guidellm,
  aiperf,
  ...SIMULATORS.flatMap(({ measuredRuns }) => measuredRuns),
  llmServingSimBench,
  sglangSimulator,
  benchJson,
  prometheus,
  aiconfigurator,
]
const MEASURED_FORMATS: readonly MeasuredFormat[] = [...OTHERS, requestTable]

/**
 * The runs of a file that is not a table of requests; null: it is in none of these formats.
 * @throws ServingError `invalid_trace` with the source, for one that holds no run
 */
export function readRunsOfOthers(text: string, source: string): MeasuredRun[] | null {
  return runsIn(OTHERS, text, source)
}

/**
 * The runs of a file: tables of requests (CSV of this project, of the simulator testbed, of simulators that write them,
 * of an engine's own clock), results of the benchmarks of serving engines, GuideLLM, AIPerf and simulators (JSON or JSON
 * lines), estimates of aiconfigurator (CSV), and the metrics that an engine exposes (Prometheus text).
 * @param options - `source` names the input
 * @throws ServingError `invalid_trace` with the source
 */
export function readMeasuredRuns(text: string, { source }: { source: string }): MeasuredRun[] {
  const runs = runsIn(MEASURED_FORMATS, text, source)
  if (runs !== null) return runs
  throw new ServingError(
    'invalid_trace',
    `is not a run in a format that is known; known are ${MEASURED_FORMATS.map(({ name }) => name).join(', ')}`,
    { source },
  )
}

function runsIn(formats: readonly MeasuredFormat[], text: string, source: string) {
  for (const format of formats) {
    const runs = format.read(text, source)
    if (runs === null) continue
    if (runs.length > 0) return runs
    throw new ServingError('invalid_trace', `holds no finished request (read as ${format.name})`, {
      source,
    })
  }
  return null
}
