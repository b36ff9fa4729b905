// The work of `flowsim serving run`.

import { join } from 'node:path'
import { costOf } from '@flowsim/planner'
import {
  type PreparedRun,
  prepareServing,
  readTrace,
  ServingError,
  type SimulationResult,
} from '@flowsim/serving-sim'
import type { ServingCost, ServingReport, WorkloadRequest } from '@flowsim/trace-schema'
import { counted } from '@flowsim/trace-schema'
import { setModelCommand } from '../../../inputs/command-model.js'
import { pricesOf } from '../../../inputs/prices.js'
import { optionsBeside, readText, withRepositories } from '../../../inputs/serving-config.js'
import { benchResult } from '../../../program/bench-result.js'
import { csvText } from '../../../program/csv.js'
import { checkConditions, type Metric, reportChecks } from '../../../program/fail-if.js'
import { Outputs } from '../../../program/outputs.js'
import { note, print, printJson } from '../../../program/print.js'
import { stage } from '../../../program/progress.js'
import { stemOf, writeTables } from '../../../program/tables.js'
import { renderAssumptions } from '../assumptions-table.js'
import type { ServingRunFlags } from '../flags.js'
import { renderMetrics } from '../metrics-table.js'
import { fieldOf } from '../sweep/slo.js'
import { batchRows, requestRows, timelineRows } from './result-files.js'
import { servingLead, servingTables } from './tables.js'

/** What came with a run beside its result. */
interface About {
  prepared: PreparedRun
  cost: ServingCost
}

export async function servingRun(flags: ServingRunFlags): Promise<void> {
  setModelCommand(flags.command)
  const text = readText(flags.config)
  const options = optionsBeside(flags.config)
  const requests = flags.requests === undefined ? {} : { requests: requestsOf(flags.requests) }
  const prices = pricesOf(flags)
  const recordBatches = flags.output !== undefined
  const prepared = await withRepositories(options, flags, () =>
    prepareServing(text, { ...options, ...requests, recordBatches }),
  )
  const title = `flowsim serving run ${flags.config}`
  stage(`simulating ${counted(prepared.requests.length, 'request')}`)
  const result = prepared.run()
  const { devices, assumptions } = prepared
  const cost = costOf(result, { settings: prepared.config.cost, prices })
  const about: About = { prepared, cost }
  const report = { ...result.report, cost }
  const checks = checkConditions(flags.failIf ?? [], (name) => metricNamed(report, name), {
    text: 'ttft.p99S, tpot.meanS, e2e.p90S, requestsPerS, attainment and other fields of the report (--json)',
    names: ['attainment', ...numbersOf(report)],
  })
  const paths = flags.output === undefined ? [] : await write(flags, result, about)
  for (const warning of result.warnings) note(`warning: ${warning}`)
  if (flags.json) {
    const found = checks.length === 0 ? {} : { checks }
    printJson({ ...summary(result, about), devices, ...found, outputs: paths })
    await reportChecks(checks, flags, { title, isJson: true })
    return
  }
  if (flags.format === 'vllm') {
    await giveBenchResult(flags, result, prepared)
    await reportChecks(checks, flags, { title, isJson: true })
    return
  }
  if (flags.format !== undefined) {
    await writeTables(
      servingTables(result, assumptions),
      { ...flags, format: flags.format },
      {
        stem: stemOf(flags.config),
        lead: servingLead(result.report),
        top: 200,
      },
    )
    await reportChecks(checks, flags, { title, isJson: true })
    return
  }
  print(renderMetrics([result.report, ...result.instances], cost))
  if (assumptions.length > 0) print(`\n${renderAssumptions(assumptions)}`)
  if (flags.plots) {
    const { renderPlots } = await import('./plots.js')
    print(`\n${renderPlots(result)}`)
  }
  if (paths.length > 0) print(`\n${paths.join('\n')}`)
  await reportChecks(checks, flags, { title, isJson: false })
}

/** The result as the engines' benchmarks write theirs: `bench.json` of the folder, or printed. */
async function giveBenchResult(
  { output }: ServingRunFlags,
  { report }: SimulationResult,
  { config }: PreparedRun,
): Promise<void> {
  const { process, ratePerS } = (config.workload?.arrival ?? {}) as {
    process?: string
    ratePerS?: number
  }
  // Of rates that change the mean says too little.
  const isSteady = process === 'poisson' || process === 'constant'
  const found = benchResult(report, {
    ratePerS: isSteady ? (ratePerS ?? null) : null,
    concurrency: null,
  })
  if (output === undefined) return printJson(found)
  const path = join(output, 'bench.json')
  await Outputs.file(path, `${JSON.stringify(found, null, 2)}\n`)
  note(path)
}

/** A number of the report; undefined: it has no such field. */
function metricNamed(report: ServingReport, name: string): Metric | undefined {
  const value = fieldOf(report, name)
  if (value !== null && typeof value !== 'number') return undefined
  return { value, ...(/(?<!Per)S$/.test(name) ? { secondsPerUnit: 1 } : {}) }
}

/** Names of all numbers of a report, dots between the parts. */
function* numbersOf(value: object, path = ''): Generator<string> {
  for (const [key, member] of Object.entries(value)) {
    if (typeof member === 'number') yield path + key
    else if (typeof member === 'object' && member !== null && !Array.isArray(member))
      yield* numbersOf(member, `${path}${key}.`)
  }
}

/** The report, and what only this engine or this run has. */
function summary(
  { report, instances, native, warnings }: SimulationResult,
  { prepared: { assumptions }, cost }: About,
) {
  return { ...report, cost, instances, native, warnings, assumptions }
}

function requestsOf(path: string): WorkloadRequest[] {
  const trace = readTrace(readText(path), { source: path })
  if (trace.hasTimes) return trace.requests
  throw new ServingError(
    'invalid_workload',
    'has no arrival times; name it in the section workload instead, with an arrival',
    { source: path },
  )
}

async function write(
  { config, output, raw }: ServingRunFlags,
  result: SimulationResult,
  about: About,
): Promise<string[]> {
  const outputs = await Outputs.into(output!)
  try {
    const all = summary(result, about)
    await outputs.add('summary.json', `${JSON.stringify(all, null, 2)}\n`)
    await outputs.add('requests.csv', csvText(requestRows(result.requests), { raw }))
    if (result.batches !== null)
      await outputs.add('batches.csv', csvText(batchRows(result.batches), { raw }))
    if (result.timeline !== null)
      await outputs.add('timeline.csv', csvText(timelineRows(result.timeline), { raw }))
    const { reportText } = await import('./report.js')
    await outputs.add('report.html', reportText(result, { title: config, ...about }))
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  return outputs.paths
}
