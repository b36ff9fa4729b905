// Reads measured runs in whatever format they are.
import { ServingError } from '../errors.js'
import { benchJson } from './formats/bench-json.js'
import { guidellm } from './formats/guidellm.js'
import { prometheus } from './formats/prometheus.js'
import { requestTable } from './formats/request-table.js'
import type { MeasuredFormat, MeasuredRun } from './measured-run.js'

/** The formats. A new one is a file and a line here; the table is the last, for any text can be one. */
const MEASURED_FORMATS: readonly MeasuredFormat[] = [guidellm, benchJson, prometheus, requestTable]

/**
 * The runs of a file: tables of requests (CSV of this project, of the simulator testbed, of simulators that write them,
 * of an engine's own clock), results of the benchmarks of serving engines (JSON or JSON lines), reports of GuideLLM
 * (JSON), and the metrics that an engine exposes (Prometheus text).
 * @param options - `source` names the input
 * @throws ServingError `invalid_trace` with the source
 */
export function readMeasuredRuns(text: string, { source }: { source: string }): MeasuredRun[] {
  for (const format of MEASURED_FORMATS) {
    const runs = format.read(text, source)
    if (runs === null) continue
    if (runs.length > 0) return runs
    throw new ServingError('invalid_trace', `holds no finished request (read as ${format.name})`, {
      source,
    })
  }
  throw new ServingError(
    'invalid_trace',
    `is not a run in a format that is known; known are ${MEASURED_FORMATS.map(({ name }) => name).join(', ')}`,
    { source },
  )
}
