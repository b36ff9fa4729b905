// The work of `flowsim run`.
import { basename } from 'node:path'

import type { RankTrace, WorkCheck } from '@flowsim/analysis'
import { hardwareOfTrace, reportData, summarizeTrace } from '@flowsim/pipeline'
import { renderReport } from '@flowsim/report'
import { jobPage, renderPage } from '@flowsim/report/pages'
import {
  counted,
  type HardwareSpec,
  type KernelTrace,
  type ParseSummary,
  type SimulationSummary,
} from '@flowsim/trace-schema'
import { captureOptions, noteGraphs } from '../../inputs/captures.js'
import { measuredWorkOf } from '../../inputs/counters.js'
import { withExecutionTraces } from '../../inputs/execution-traces.js'
import { targetHardware, unknownDevice } from '../../inputs/hardware.js'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { llmOf } from '../../inputs/language-model.js'
import { type LoadedTrace, loadTraces, noteRepairs } from '../../inputs/load-trace.js'
import { areOneJob, ranksOfLoaded } from '../../inputs/ranks.js'
import { traceName } from '../../inputs/trace-name.js'
import { tracePaths } from '../../inputs/trace-paths.js'
import { say } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { formatShare } from '../../program/progress.js'
import { version } from '../../version.js'
import { addTables, addUnknown } from '../parse/run.js'
import { type Prediction, predict, predictRanks, requireKernels } from '../simulate/predict.js'
import { simulationText } from '../simulate/print.js'
import { addSimulation } from '../simulate/run.js'
import type { RunFlags } from './flags.js'

/** What `flowsim run --json` prints for a trace. */
interface RunResult {
  parse: ParseSummary
  /** null: the device of the trace is not known and none was named. */
  simulation: SimulationSummary | null
  report: string
}

/** Most operators and Python frames that the page's threads of the host are drawn from. */
const HOST_SPANS = 100_000

export async function run(given: readonly string[], flags: RunFlags): Promise<void> {
  const paths = await tracePaths(given)
  const database = await loadDatabase(flags.kernels)
  const loaded: LoadedTrace[] = []
  const captures = await captureOptions(flags, {
    hostCalls: true,
    hostSpans: HOST_SPANS,
    salvage: flags.salvage ?? false,
  })
  const options = await withExecutionTraces(flags, captures)
  const llm = await llmOf(flags)
  for await (const each of loadTraces(paths, database, {
    ...options,
    ...llm,
    steps: flags.steps,
  })) {
    loaded.push(each)
    noteRepairs(each.trace)
    noteGraphs(each.trace)
  }
  const work = await measuredWorkOf(loaded, flags.ncu)
  const outputs = await Outputs.into(flags.output)
  const results: RunResult[] = []
  let job: string | null = null
  try {
    const ranks = rankTraces(loaded, flags.ranks)
    const predictions = await predictAll(loaded, ranks, flags)
    for (const [i, each] of loaded.entries()) {
      const prefix = loaded.length === 1 ? '' : `${traceName(each.path)}.`
      results.push(
        await runOne(each, outputs, {
          prefix,
          ranks,
          prediction: predictions[i],
          work,
          raw: flags.raw,
        }),
      )
    }
    if (ranks !== undefined) job = await addJob(loaded, ranks, outputs)
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  if (flags.json) {
    printJson(results.length === 1 ? results[0] : { traces: results, ...(job && { job }) })
    return
  }
  for (const [i, result] of results.entries()) printResult(result, loaded[i]!.trace)
  if (job !== null) print(`job: ${job}`)
}

/** The page of all ranks, which leads to that of each. */
function addJob(
  loaded: readonly LoadedTrace[],
  ranks: readonly RankTrace[],
  outputs: Outputs,
): Promise<string> {
  const pages = loaded.map(({ path, trace, operations }, i) => ({
    rank: ranks[i]!.rank,
    trace,
    operations,
    name: basename(path),
    href: `${encodeURIComponent(traceName(path))}.report.html`,
  }))
  const page = jobPage(pages, { generator: `flowsim ${version}` })
  return outputs.add('report.html', renderPage(page))
}

/** The traces as ranks of one job; undefined for a trace alone, and for traces that are not of one job. */
function rankTraces(
  loaded: readonly LoadedTrace[],
  asked: readonly number[] | undefined,
): RankTrace[] | undefined {
  const ranks = ranksOfLoaded(loaded, asked)
  if (loaded.length === 1 || !areOneJob(loaded, asked)) return undefined
  return loaded.map(({ trace, operations }, i) => ({ rank: ranks[i]!.rank, trace, operations }))
}

/** The prediction of each trace, all ranks replayed as one system; undefined for an unknown device. */
async function predictAll(
  loaded: readonly LoadedTrace[],
  ranks: readonly RankTrace[] | undefined,
  flags: RunFlags,
): Promise<(Prediction | undefined)[]> {
  const devices: (HardwareSpec | undefined)[] = []
  for (const { trace } of loaded) {
    requireKernels(trace)
    const hardware = await targetHardware(flags.hardware, trace)
    if (hardware === undefined) note(`${unknownDevice(trace)}. The report has no prediction.`)
    devices.push(hardware)
  }
  if (ranks !== undefined && devices.every((hardware) => hardware !== undefined)) {
    const together = ranks.map(({ rank }, i) => ({
      rank,
      loaded: loaded[i]!,
      hardware: devices[i]!,
    }))
    return predictRanks(together, flags)
  }
  const predictions: (Prediction | undefined)[] = []
  for (const [i, hardware] of devices.entries()) {
    predictions.push(hardware && (await predict(loaded[i]!, hardware, flags)))
  }
  return predictions
}

async function runOne(
  loaded: LoadedTrace,
  outputs: Outputs,
  {
    prefix,
    ranks,
    prediction,
    work,
    raw,
  }: {
    prefix: string
    ranks: RankTrace[] | undefined
    prediction: Prediction | undefined
    work: WorkCheck | undefined
    raw: true | undefined
  },
): Promise<RunResult> {
  const { trace, operations, path } = loaded
  const before = outputs.paths.length
  await addTables(traceName(path), loaded, outputs, { format: ['csv'], ...(raw ? { raw } : {}) })
  await addUnknown(prefix, loaded, outputs)
  const simulation =
    prediction && (await addSimulation(loaded, prediction, outputs, { prefix, raw }))
  const data = reportData({
    trace,
    operations,
    generator: `flowsim ${version}`,
    ...(prediction === undefined ? {} : { prediction }),
    ...(ranks === undefined ? {} : { ranks }),
    ...(work === undefined ? {} : { work }),
  })
  const report = await outputs.add(`${prefix}report.html`, renderReport(data))
  const parse = summarizeTrace(trace, operations, outputs.paths.slice(before))
  parse.outputs.push(`${outputs.folder}/${traceName(path)}.summary.json`)
  await outputs.add(`${traceName(path)}.summary.json`, `${JSON.stringify(parse, null, 2)}\n`)
  return { parse, simulation: simulation ?? null, report }
}

function printResult({ parse, simulation, report }: RunResult, trace: KernelTrace): void {
  const { kernels, known, dimensions } = parse
  say(
    `${counted(kernels.count, 'kernel')}; ${formatShare(known.timeShare)} of their time has an operation, ${formatShare(dimensions.timeShare)} all dimensions`,
  )
  if (simulation !== null) say(simulationText(simulation, hardwareOfTrace(trace)))
  const files = [...parse.outputs, ...(simulation?.outputs ?? [])].filter((path) => path !== report)
  print(`\n${[...new Set(files)].join('\n')}`)
  print(`report: ${report}`)
}
