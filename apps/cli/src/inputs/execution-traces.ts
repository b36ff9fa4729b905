// Execution traces of PyTorch that commands are given beside the Kineto traces of the same run.
import {
  describeRepair,
  type ExecutionTrace,
  type ExecutionTraceReport,
  type ParseOptions,
} from '@flowsim/parser'
import { parseExecutionTraceFile } from '@flowsim/parser/node'
import type { ExecutionTraceFlag } from '../program/options.js'
import { note } from '../program/print.js'
import { tracePaths } from './trace-paths.js'

/** Parse options with the execution traces that the flag names, read once for all traces. */
export async function withExecutionTraces<Options extends ParseOptions>(
  flags: ExecutionTraceFlag,
  options: Options,
): Promise<Options> {
  if (flags.executionTrace === undefined) return options
  const executionTraces: ExecutionTrace[] = []
  for (const path of await tracePaths(flags.executionTrace)) {
    const read = await parseExecutionTraceFile(path, { salvage: options.salvage ?? false })
    for (const repair of read.repairs) note(`${read.source}: ${describeRepair(repair)}`)
    executionTraces.push(read)
  }
  return {
    ...options,
    executionTraces,
    onExecutionTrace: (report: ExecutionTraceReport) => note(describe(report)),
  }
}

function describe(report: ExecutionTraceReport): string {
  const { source, trace, by, operators, joined, withShapes, collectives, otherNames, calls } =
    report
  const start = `${trace}: ${source}: `
  if (by === null) {
    const why =
      otherNames > 0
        ? `${otherNames} numbers are those of calls of other names: it is of another run`
        : 'none of its calls is in the trace: record both in the same run'
    return `${start}nothing joined; ${why}`
  }
  const parts = [
    `${joined} of ${operators} operators joined by ${by}`,
    `${calls - joined} of its ${calls} calls are not in the trace`,
    `${withShapes} operators have shapes that had none`,
    `${collectives} collectives have their group`,
  ]
  if (otherNames > 0) parts.push(`${otherNames} left out, since their names differ`)
  return start + parts.join('; ')
}
