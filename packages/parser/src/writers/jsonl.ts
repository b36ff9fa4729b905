// Kernel tables as JSON lines: the kernel event with its operation, all that is known of it.
import { type KernelRows, kernelRows } from './columns.js'

/** One line for each kernel, each with its line end. */
export function* kernelJsonLines(kernels: KernelRows): Generator<string> {
  for (const { event, operation } of kernelRows(kernels)) {
    yield `${JSON.stringify({ schema: 'flowsim.kernel-event/1', ...event, operation })}\n`
  }
}
