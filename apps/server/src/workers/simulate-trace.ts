// A trace from upload to report: parse, tell operations, estimate each kernel on the hardware, replay,
// and draw the page.
import { rename, writeFile } from 'node:fs/promises'
import { getModel } from '@flowsim/calibration'
import { classifyTrace } from '@flowsim/kernel-db'
import { withoutKernels } from '@flowsim/parser'
import { parseFile } from '@flowsim/parser/node'
import { findHardware } from '@flowsim/perf-model/hardware'
import {
  hardwareOfTrace,
  predictKernels,
  simulateTrace as replayTrace,
  reportData,
  summarizeTrace,
} from '@flowsim/pipeline'
import { renderReport } from '@flowsim/report'
import type { ParseSummary, SimulationSummary } from '@flowsim/trace-schema'
import { version } from '../version.js'
import type { Job } from './jobs.js'

/** What an uploaded trace holds, and what it would take. */
export interface TraceAnswer {
  trace: ParseSummary
  /** null: the device in the trace is not in the catalogue, and no other was asked for. */
  simulation: SimulationSummary | null
}

/**
 * Parses and simulates a trace file, and writes its report.
 * @throws TraceParseError, PerfModelError (hardware or model that there is not one of), ReplayError
 */
export async function simulateTrace(job: Extract<Job, { kind: 'trace' }>): Promise<TraceAnswer> {
  const model = getModel(job.model)
  const asked = job.hardware === null ? undefined : findHardware(job.hardware)
  const { name: source, salvage = false } = job
  const trace = await parseFile(job.path, { source, salvage, hostCalls: true })
  if (trace.kernels.length === 0) throw withoutKernels(trace)
  const operations = classifyTrace(trace)
  const hardware = asked ?? hardwareOfTrace(trace)
  const answer: TraceAnswer = { trace: summarizeTrace(trace, operations), simulation: null }
  const generator = `flowsim ${version}`
  if (hardware === undefined) {
    const device = answer.trace.device ?? 'a device without a name'
    const warnings = [`${device} is not in the hardware catalogue: nothing was predicted`]
    await write(
      job.reportPath,
      renderReport(reportData({ trace, operations, generator, warnings })),
    )
    return answer
  }
  const kernels = predictKernels(trace, operations, hardware, model)
  const to = { hardware, model: job.model }
  const simulation = replayTrace({ trace, operations, prediction: kernels, ...to })
  const prediction = { ...to, kernels, simulation }
  await write(
    job.reportPath,
    renderReport(reportData({ trace, operations, generator, prediction })),
  )
  return { ...answer, simulation: simulation.summary }
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text, { mode: 0o600 })
  await rename(`${path}.tmp`, path)
}
