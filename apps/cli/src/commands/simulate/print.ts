// The result of a simulation for people: how far it is a prediction, what it is relative to, totals, operations.

import type { HardwareSpec, SimulationSummary } from '@flowsim/trace-schema'
import { tableText } from '../../program/lines.js'
import { formatNs, formatShare } from '../../program/progress.js'

/**
 * Tables and what they mean.
 *
 * @param device - the device of the trace, if it is known
 */
export function simulationText(
  summary: SimulationSummary,
  device: HardwareSpec | undefined,
): string {
  const isElsewhere = device?.name !== summary.hardware
  return [
    `${summary.source} on ${summary.hardware}, model ${summary.model}`,
    '',
    ...standing(summary, device),
    '',
    totals(summary),
    '',
    ...meaning(summary),
    '',
    operations(summary, isElsewhere),
  ].join('\n')
}

/** How much is predicted, how much of that is doubtful, and how. */
function standing(
  { answered, unanswered, doubtful, transfers, relativeTo, hardware, predicted }: SimulationSummary,
  device: HardwareSpec | undefined,
): string[] {
  const lines = [
    `Predicted: ${formatShare(answered.timeShare)} of kernel time; of ${answered.count + unanswered.count} kernels ${unanswered.count} (${formatShare(unanswered.timeShare)}) have no estimate, ${doubtful.count} (${formatShare(doubtful.timeShare)}) are doubtful.`,
  ]
  const bare = transfers.count - transfers.answered.count
  if (transfers.count > 0) {
    lines.push(
      `Copies and fills: ${transfers.count}, ${formatNs(transfers.measuredNs)}; ${bare === 0 ? 'all have an estimate' : `${bare} have no estimate`}.`,
    )
  }
  if (predicted.endToEndNs === null) lines.push(noTotal(unanswered.count > 0))
  if (doubtful.count > 0) {
    lines.push(
      'Doubtful: the dimensions imply more than three times what the device can do in the measured time. Where most are, the times of the file may be of another unit than µs, or its dimensions of another run.',
    )
  }
  if (relativeTo !== null) {
    lines.push(
      `Times are measured × ratio of estimates, ${relativeTo} to ${hardware}, as far as the model is unsure (--absolute: estimates alone).`,
    )
  } else if (device === undefined) {
    lines.push(
      'The device of the trace is not known, so times are estimates alone, not checked by it.',
    )
  } else if (device.name !== hardware) {
    lines.push('Times are estimates alone.')
  }
  return lines
}

function noTotal(isUnanswered: boolean): string {
  const why =
    'Less than 80 % of the time of kernels, copies and fills is predicted from dimensions that can be true: there is no total.'
  const remedy =
    'What dimensions lack comes from the model that ran (--llm) and, for kernels of graphs, from their capture (--capture); flowsim kernels unknown lists kernels without an operation.'
  return isUnanswered ? `${why} ${remedy}` : why
}

function totals({ measured, predicted, answered }: SimulationSummary): string {
  const right = { align: 'right' } as const
  const range = (low: number | null, high: number | null) =>
    low === null ? '' : `p10 ${formatNs(low)}, p90 ${formatNs(high)}`
  const p = predicted
  return tableText(
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
        formatNs(p.endToEndNs),
        range(p.endToEndP10Ns, p.endToEndP90Ns),
      ],
      ['GPU busy', formatNs(measured.busyNs), formatNs(p.busyNs), range(p.busyP10Ns, p.busyP90Ns)],
      [
        'sum of predicted kernels',
        formatNs(answered.measuredNs),
        formatNs(p.kernelSumNs),
        range(p.kernelSumP10Ns, p.kernelSumP90Ns),
      ],
    ],
  )
}

function meaning({ replay }: SimulationSummary): string[] {
  return [
    'End to end: the dependencies of the trace replayed with the predicted times; p10 and p90 are from the uncertainty of the kernels alone. The host stays as it was measured.',
    'GPU busy: time in which kernels, copies or fills run. Sum of kernels: durations of GPU kernels added up; overlap counts twice; copies, fills and idle time not at all.',
    ...(replay !== undefined && replay.ranks.length > 1
      ? [
          `Ranks ${replay.ranks.join(', ')} were replayed as one system; the end to end is theirs together.`,
        ]
      : []),
    ...(replay?.assumptions ?? []).map((assumption) => `Assumed: ${assumption}.`),
    ...(replay !== undefined && replay.faults > 0
      ? [`${replay.faults} dependencies that cannot be were left out (flowsim replay names them).`]
      : []),
  ]
}

function operations({ byOp }: SimulationSummary, isElsewhere: boolean): string {
  const right = { align: 'right' } as const
  const share = (value: number | null) => (value === null ? '–' : formatShare(value))
  return tableText(
    [
      { label: 'operation' },
      { label: 'activities', ...right },
      { label: 'measured', ...right },
      { label: 'of it predicted', ...right },
      { label: 'predicted', ...right },
      ...(isElsewhere
        ? [{ label: 'change', ...right }]
        : [
            { label: 'MAPE', ...right },
            { label: 'bias', ...right },
          ]),
    ],
    byOp.map(({ op, count, measuredNs, answered, predictedNs, mape, bias }) => [
      op,
      String(count),
      formatNs(measuredNs),
      measuredNs === 0 ? '–' : formatShare(answered.measuredNs / measuredNs),
      formatNs(predictedNs),
      ...(isElsewhere
        ? [
            share(
              predictedNs === null || answered.measuredNs === 0
                ? null
                : predictedNs / answered.measuredNs - 1,
            ),
          ]
        : [share(mape), share(bias)]),
    ]),
  )
}
