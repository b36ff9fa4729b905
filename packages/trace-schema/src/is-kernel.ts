// What counts as a kernel: a GPU program, collectives among them. Copies and fills by the driver are activities
// of the device as well, and have their own entries wherever kernels are counted.
import type { KernelEvent } from './kernel-trace.js'

/** Whether an activity is a GPU kernel, as against a copy or fill by the driver. */
export function isKernel({ kind }: Pick<KernelEvent, 'kind'>): boolean {
  return kind === 'kernel' || kind === 'collective'
}
