// Equal texts of a trace as one string. A thread posts a copy of its name for each kernel: on 250,000 kernels that is
// as much memory as all else that is kept of them.
import type { KernelTrace } from '@flowsim/trace-schema'

/** The trace with equal texts of its kernels, calls and annotations as one string each; it is changed in place. */
export function withSharedTexts(trace: KernelTrace): KernelTrace {
  const texts = new Map<string, string>()
  const shared = <T>(value: T): T => {
    if (typeof value !== 'string') return value
    const known = texts.get(value)
    if (known !== undefined) return known as T
    texts.set(value, value)
    return value
  }
  const share = (called: { api: string; pid: number | string; tid: number | string }) => {
    called.api = shared(called.api)
    called.pid = shared(called.pid)
    called.tid = shared(called.tid)
  }
  for (const kernel of trace.kernels) {
    kernel.name = shared(kernel.name)
    kernel.kind = shared(kernel.kind)
    kernel.shapesFrom = shared(kernel.shapesFrom)
    if (kernel.launch !== undefined) share(kernel.launch)
    const { scopes } = kernel
    if (scopes !== undefined) for (let i = 0; i < scopes.length; i++) scopes[i] = shared(scopes[i]!)
  }
  for (const call of trace.hostCalls ?? []) share(call)
  for (const annotation of trace.annotations) {
    annotation.name = shared(annotation.name)
    annotation.on = shared(annotation.on)
    annotation.pid = shared(annotation.pid)
    annotation.tid = shared(annotation.tid)
  }
  return trace
}
