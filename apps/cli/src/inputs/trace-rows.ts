// The kernels of a trace as measured rows.
import { helpedKernels } from '@flowsim/analysis'
import { type CalibrationRow, threadsOf } from '@flowsim/calibration'
import { operationTimes } from '@flowsim/pipeline'
import type { HardwareSpec } from '@flowsim/trace-schema'
import { CliError } from '../program/errors.js'
import { targetHardware, unknownDevice } from './hardware.js'
import { loadDatabase } from './kernel-database.js'
import { loadTraceOrKernels } from './load-trace.js'

/** Kernels whose operation and dimensions are known, with their measured times and those of their helpers. */
export async function kernelRows(
  path: string,
  asked: HardwareSpec | undefined,
  kernels?: string,
): Promise<CalibrationRow[]> {
  const { trace, operations } = await loadTraceOrKernels(path, await loadDatabase(kernels), {
    stacks: 'none',
    hostCalls: false,
  })
  const hardware = asked ?? (await targetHardware(undefined, trace))
  if (hardware === undefined) throw new CliError('failure', unknownDevice(trace))
  const timesNs = operationTimes(trace, helpedKernels(trace, operations))
  return trace.kernels.flatMap((kernel, i) => {
    const { call, auxiliary } = operations[i]!
    if (call === undefined || auxiliary === true || kernel.durationNs <= 0) return []
    const threads = threadsOf(kernel)
    return [
      {
        call,
        latencyUs: timesNs[i]! / 1000,
        hardware,
        ...(threads !== undefined && { options: { threads } }),
      },
    ]
  })
}
