// Capture traces that commands are given beside the traces that replay their graphs.
import type { CaptureReport, ParseOptions } from '@flowsim/parser'
import { parseCaptures } from '@flowsim/parser/node'
import type { CaptureFlags } from '../program/options.js'
import { note } from '../program/print.js'

/** Parse options with the captures that the flags name, read once for all traces. */
export async function captureOptions(
  flags: CaptureFlags,
  options: ParseOptions,
): Promise<ParseOptions> {
  if (flags.capture === undefined) return options
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
  return `capture: ${replays} graph launches, ${kernels} kernels (${how}), ${withShapes} with shapes${byPlace}`
}
