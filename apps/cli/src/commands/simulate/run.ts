// The work of `flowsim simulate`.

import { kinetoLines } from '@flowsim/parser'
import { hardwareOfTrace, KERNEL_TIME_COLUMNS, kernelTimes } from '@flowsim/pipeline'
import { timeline } from '@flowsim/replay'
import { renderTable } from '@flowsim/report'
import type { KernelTrace, SimulationSummary } from '@flowsim/trace-schema'
import { targetHardware, unknownDevice } from '../../inputs/hardware.js'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { llmOf } from '../../inputs/language-model.js'
import { type LoadedTrace, loadTraceOrKernels, noteRepairs } from '../../inputs/load-trace.js'
import { csvText } from '../../program/csv.js'
import { CliError } from '../../program/errors.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import { formatNs, formatShare } from '../../program/progress.js'
import type { SimulateFlags } from './flags.js'
import { type Prediction, predict, requireKernels } from './predict.js'

export async function simulate(path: string, flags: SimulateFlags): Promise<void> {
  const loaded = await loadTraceOrKernels(path, await loadDatabase(flags.kernels), {
    stacks: 'none',
    hostCalls: true,
    salvage: flags.salvage ?? false,
    ...(await llmOf(flags)),
  })
  noteRepairs(loaded.trace)
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
  else printSimulation(summary, loaded.trace)
}

/**
 * Adds the summary, the kernel times and the predicted trace. With a prefix, what is predicted is told from
 * what was parsed: `rank0.predicted.kernels.csv` beside `rank0.kernels.csv`.
 */
export async function addSimulation(
  { trace, operations }: LoadedTrace,
  { estimates, simulation }: Prediction,
  outputs: Outputs,
  { prefix = '', raw }: { prefix?: string; raw?: true | undefined } = {},
): Promise<SimulationSummary> {
  const before = outputs.paths.length
  const name = prefix === '' ? '' : `${prefix}predicted.`
  const rows = [...kernelTimes(trace, operations, estimates)].map((row) => row.map(String))
  await outputs.add(`${name}kernels.csv`, csvText([KERNEL_TIME_COLUMNS, ...rows], { raw }))
  await outputs.add(
    `${prefix}predicted.trace.json.gz`,
    kinetoLines(timeline(simulation.graph, simulation.predicted, { rank: simulation.rank })),
  )
  const paths = [...outputs.paths.slice(before), `${outputs.folder}/${name}summary.json`]
  const summary = { ...simulation.summary, outputs: paths }
  await outputs.add(`${name}summary.json`, `${JSON.stringify(summary, null, 2)}\n`)
  return summary
}

/** Share of the time without an estimate beyond which totals mislead. */
const MUCH = 0.1

/** The result for people: errors where the trace ran on the device, else the change. */
export function printSimulation(summary: SimulationSummary, trace: KernelTrace): void {
  const { measured, predicted, replay, unanswered } = summary
  const right = { align: 'right' } as const
  print(`${summary.source} on ${summary.hardware}, model ${summary.model}\n`)
  print(
    renderTable(
      [
        { label: '' },
        { label: 'measured', ...right },
        { label: 'predicted', ...right },
        { label: '' },
      ],
      [
        [
          'end to end',
          formatNs(measured.endToEndNs),
          formatNs(predicted.endToEndNs),
          `p10 ${formatNs(predicted.endToEndP10Ns)}, p90 ${formatNs(predicted.endToEndP90Ns)}`,
        ],
        ['GPU busy', formatNs(measured.busyNs), formatNs(predicted.busyNs), ''],
        ['sum of kernels', formatNs(measured.kernelSumNs), formatNs(predicted.kernelSumNs), ''],
      ],
    ),
  )
  print(
    [
      '',
      'End to end: the dependencies of the trace replayed with the predicted times; p10 and p90 are from the',
      'uncertainty of the kernels alone. The host stays as it was measured.',
      'Sum of kernels: durations added up; overlap counts twice, idle time not at all.',
      ...(replay !== undefined && replay.ranks.length > 1
        ? [
            `Ranks ${replay.ranks.join(', ')} were replayed as one system; the end to end is theirs together.`,
          ]
        : []),
      ...(replay?.assumptions ?? []).map((assumption) => `Assumed: ${assumption}.`),
      ...(replay !== undefined && replay.faults > 0
        ? [
            `${replay.faults} dependencies that cannot be were left out (flowsim replay names them).`,
          ]
        : []),
      '',
    ].join('\n'),
  )
  const known = hardwareOfTrace(trace)
  const elsewhere = known === undefined || known.name !== summary.hardware
  if (elsewhere && unanswered.timeShare > MUCH) {
    print(
      `Beware: ${formatShare(unanswered.timeShare)} of the kernel time has no estimate and stays as it was measured, so the totals\n` +
        `say little of ${summary.hardware}. Kernels without dimensions: flowsim kernels unknown, or parse with --capture.\n`,
    )
  }
  printOperations(summary, elsewhere)
  if (unanswered.count > 0) {
    print(
      `\n${unanswered.count} kernels (${formatShare(unanswered.timeShare)} of their time) have no estimate and keep their measured time.`,
    )
  }
  print()
  for (const path of summary.outputs) print(path)
}

function printOperations({ byOp }: SimulationSummary, elsewhere: boolean): void {
  const right = { align: 'right' } as const
  const share = (value: number | null) => (value === null ? '-' : formatShare(value))
  print(
    renderTable(
      [
        { label: 'operation' },
        { label: 'kernels', ...right },
        { label: 'measured', ...right },
        { label: 'predicted', ...right },
        ...(elsewhere
          ? [{ label: 'change', ...right }]
          : [
              { label: 'MAPE', ...right },
              { label: 'bias', ...right },
            ]),
      ],
      byOp.map(({ op, count, measuredNs, predictedNs, mape, bias }) => [
        op,
        String(count),
        formatNs(measuredNs),
        formatNs(predictedNs),
        ...(elsewhere
          ? [share(mape === null || measuredNs === 0 ? null : predictedNs / measuredNs - 1)]
          : [share(mape), share(bias)]),
      ]),
    ),
  )
}
