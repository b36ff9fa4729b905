// Capture traces that commands are given beside the traces that replay their graphs.
import type { CaptureReport, ParseOptions } from '@flowsim/parser'
import { parseCaptures } from '@flowsim/parser/node'
import { counted, isGraphLaunch, isKernel, type KernelTrace } from '@flowsim/trace-schema'
import { CliError } from '../program/errors.js'
import type { CaptureFlags } from '../program/options.js'
import { note } from '../program/print.js'
import { formatShare } from '../program/progress.js'

/** Parse options with the captures that the flags name, read once for all traces. */
export async function captureOptions(
  flags: CaptureFlags,
  options: ParseOptions,
): Promise<ParseOptions> {
  if (flags.capture === undefined) {
    if (flags.captureBatch === undefined) return options
    throw new CliError('usage', '--capture-batch is the batch of a capture: give --capture, too')
  }
  const captures = await parseCaptures(flags.capture, options)
  return {
    ...options,
    captures,
    onCaptures: (report) => note(describe(report)),
    ...(flags.captureBatch === undefined ? {} : { captureBatchSize: flags.captureBatch }),
  }
}

function describe({ replays, kernels, ways, unnamed, withShapes }: CaptureReport): string {
  if (replays === 0) return 'capture: the trace replays no graphs; nothing to add'
  const how = Object.entries(ways)
    .filter(([, count]) => count > 0)
    .map(([way, count]) => `${count} by ${way}`)
    .join(', ')
  const byPlace = unnamed === 0 ? '' : `; ${unnamed} by place alone, the capture does not name them`
  return `capture: ${counted(replays, 'graph launch', 'graph launches')}, ${counted(kernels, 'kernel')} (${how}), ${withShapes} with shapes${byPlace}`
}

/** Share of kernel time in graphs, without shapes, that is worth a sentence. */
const WORTH_A_CAPTURE = 0.05

/** Points to the capture that a trace of graphs needs, where it holds none. */
export function noteGraphs({ source, kernels }: KernelTrace): void {
  let [count, graphNs, allNs] = [0, 0, 0]
  for (const kernel of kernels) {
    if (!isKernel(kernel)) continue
    allNs += kernel.durationNs
    if (kernel.launch === undefined || !isGraphLaunch(kernel.launch.api)) continue
    if (kernel.shapesFrom !== 'none') return
    count++
    graphNs += kernel.durationNs
  }
  if (count === 0 || graphNs < WORTH_A_CAPTURE * allNs) return
  note(
    `${source}: ${count} kernels of graphs (${formatShare(graphNs / allNs)} of kernel time) have no shapes; give the trace of their capture, or the folder in which the engine left it, with --capture`,
  )
}
