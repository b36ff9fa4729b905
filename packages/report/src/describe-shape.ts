// A kernel's operation in a few characters, as people in the field write it.
import { describeCall, type KernelOperation } from '@flowsim/trace-schema'

/** Dimensions of a kernel's operation, or the shapes of its tensors; null where neither is known. */
export function describeShape({ call, tensors }: KernelOperation): string | null {
  if (call) return describeCall(call)
  if (tensors.length === 0) return null
  const shapes = tensors.slice(0, 4).map(({ shape }) => `[${shape.join(', ')}]`)
  const more = tensors.length > 4 ? ` +${tensors.length - 4}` : ''
  return shapes.join(' ') + more
}
