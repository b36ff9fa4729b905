// The work of `flowsim simulate`.

import { kinetoLines } from '@flowsim/parser'
import { hardwareOfTrace, KERNEL_TIME_COLUMNS, kernelTimes } from '@flowsim/pipeline'
import { timeline } from '@flowsim/replay'
import { asPredictedFor, type SimulationSummary } from '@flowsim/trace-schema'
import { captureOptions, noteGraphs } from '../../inputs/captures.js'
import { targetHardware, unknownDevice } from '../../inputs/hardware.js'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { llmOf } from '../../inputs/language-model.js'
import { type LoadedTrace, loadTraceOrKernels, noteRepairs } from '../../inputs/load-trace.js'
import { type CsvCell, csvText } from '../../program/csv.js'
import { CliError } from '../../program/errors.js'
import { say } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import type { SimulateFlags } from './flags.js'
import { type Prediction, predict, requireKernels } from './predict.js'
import { simulationText } from './print.js'

export async function simulate(path: string, flags: SimulateFlags): Promise<void> {
  const options = await captureOptions(flags, {
    stacks: 'none',
    hostCalls: true,
    salvage: flags.salvage ?? false,
  })
  const loaded = await loadTraceOrKernels(path, await loadDatabase(flags.kernels), {
    ...options,
    steps: flags.steps,
    ...(await llmOf(flags)),
  })
  noteRepairs(loaded.trace)
  noteGraphs(loaded.trace)
  requireKernels(loaded.trace)
  const hardware = await targetHardware(flags.hardware, loaded.trace)
  if (hardware === undefined) throw new CliError('failure', unknownDevice(loaded.trace))
  const prediction = await predict(loaded, hardware, flags)
  const outputs = await Outputs.into(flags.output)
  let summary: SimulationSummary
  try {
    summary = await addSimulation(loaded, prediction, outputs, { raw: flags.raw })
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  if (flags.json) printJson(summary)
  else {
    say(simulationText(summary, hardwareOfTrace(loaded.trace)))
    print()
    for (const path of summary.outputs) print(path)
  }
}

/**
 * Adds the summary, the kernel times and the predicted trace. With a prefix, what is predicted is told from
 * what was parsed: `rank0.predicted.kernels.csv` beside `rank0.kernels.csv`.
 */
export async function addSimulation(
  { trace, operations }: LoadedTrace,
  { hardware, kernels, simulation }: Prediction,
  outputs: Outputs,
  { prefix = '', raw }: { prefix?: string; raw?: true | undefined } = {},
): Promise<SimulationSummary> {
  const before = outputs.paths.length
  const name = prefix === '' ? '' : `${prefix}predicted.`
  const rows = withHeader(KERNEL_TIME_COLUMNS, kernelTimes(trace, operations, kernels))
  await outputs.add(`${name}kernels.csv`, csvText(rows, { raw }))
  const predicted = timeline(simulation.graph, simulation.predicted, { rank: simulation.rank })
  await outputs.add(
    `${prefix}predicted.trace.json.gz`,
    kinetoLines(asPredictedFor(predicted, hardware.name)),
  )
  const paths = [...outputs.paths.slice(before), `${outputs.folder}/${name}summary.json`]
  const summary = { ...simulation.summary, outputs: paths }
  await outputs.add(`${name}summary.json`, `${JSON.stringify(summary, null, 2)}\n`)
  return summary
}

function* withHeader(
  header: readonly string[],
  rows: Iterable<readonly CsvCell[]>,
): Generator<readonly CsvCell[]> {
  yield header
  yield* rows
}
