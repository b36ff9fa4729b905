// A trace of made-up launches.
import type { KernelEvent, KernelTrace } from '@flowsim/trace-schema'

/** A kernel of a trace: what a test says of it, the rest as it may be. */
export function kernel(
  name: string,
  durationNs: number,
  more: Partial<KernelEvent> = {},
): KernelEvent {
  return {
    kind: 'kernel',
    name,
    device: 0,
    stream: 7,
    startNs: 0,
    durationNs,
    grid: [16, 1, 1],
    block: [256, 1, 1],
    registersPerThread: 12,
    sharedMemoryBytes: 0,
    shapesFrom: 'none',
    ...more,
  }
}

/** A trace of kernels one after the other. */
export function traceOf(kernels: readonly KernelEvent[]): KernelTrace {
  let startNs = 0
  return {
    schema: 'flowsim.kernel-trace/1',
    source: 'made up',
    format: 'kineto',
    producer: {},
    devices: [{ id: 0, name: 'NVIDIA A100' }],
    rank: null,
    worldSize: null,
    processGroups: [],
    baseTimeNs: '0',
    window: null,
    eventCount: kernels.length,
    repairs: [],
    annotations: [],
    kernels: kernels.map((each) => {
      const at = startNs
      startNs += each.durationNs
      return { ...each, startNs: at }
    }),
  }
}
