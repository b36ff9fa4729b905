// What a kernel that a model's configuration described says of it.
import type { KernelOperation, OpCall } from '@flowsim/trace-schema'

/** The operation with a call, and what of it comes from the model beside what the trace lacked. */
export function noted(operation: KernelOperation, call: OpCall, what: string): KernelOperation {
  const { missing, call: before, ...rest } = operation
  const notes = [
    before === undefined ? undefined : missing,
    `${what} from the model's configuration`,
  ]
  return { ...rest, call, missing: notes.filter((note) => note !== undefined).join('; ') }
}
