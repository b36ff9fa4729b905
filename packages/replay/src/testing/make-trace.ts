// Hand-made traces for tests: times in microseconds, one builder for host and device.
import type { HostCall, KernelCollective, KernelEvent, KernelTrace } from '@flowsim/trace-schema'

const us = (value: number) => Math.round(value * 1000)

/** A kernel to be. */
export interface MadeKernel {
  name?: string
  kind?: KernelEvent['kind']
  stream?: number
  device?: number
  /** Start and duration in microseconds. */
  at: number
  takes: number
  /** Start and duration of the launch call; none for a kernel launched before the trace. */
  launch?: readonly [at: number, takes: number]
  /** Number shared by the kernels of one launch; counted by default. */
  correlation?: number
  api?: string
  tid?: number
  op?: string
  collective?: KernelCollective
}

/** A runtime call that launches nothing. */
export interface MadeCall extends Partial<HostCall> {
  api: string
  at: number
  takes: number
}

/** A trace of the kernels and calls; every launch is a host call too. */
export function makeTrace(
  kernels: readonly MadeKernel[],
  calls: readonly MadeCall[] = [],
  more: Partial<KernelTrace> = {},
): KernelTrace {
  const hostCalls: HostCall[] = calls.map(({ at, takes, ...call }) => ({
    pid: 1,
    tid: 1,
    ...call,
    startNs: us(at),
    durationNs: us(takes),
  }))
  const launched = new Set<number>()
  const events = kernels.map((made, i): KernelEvent => {
    const correlation = made.correlation ?? 1000 + i
    const event: KernelEvent = {
      kind: made.kind ?? 'kernel',
      name: made.name ?? `kernel_${i}`,
      device: made.device ?? 0,
      stream: made.stream ?? 7,
      startNs: us(made.at),
      durationNs: us(made.takes),
      correlation,
      shapesFrom: 'none',
    }
    if (made.op !== undefined) event.op = { name: made.op, args: [], parents: [] }
    if (made.collective !== undefined) event.collective = made.collective
    if (made.launch !== undefined) {
      const [at, takes] = made.launch
      const api = made.api ?? (event.kind === 'memcpy' ? 'cudaMemcpyAsync' : 'cudaLaunchKernel')
      const place = { pid: 1, tid: made.tid ?? 1 }
      event.launch = { api, ...place, startNs: us(at), durationNs: us(takes) }
      if (!launched.has(correlation)) hostCalls.push({ ...event.launch, correlation })
      launched.add(correlation)
    }
    return event
  })
  return {
    schema: 'flowsim.kernel-trace/1',
    source: 'made.json',
    format: 'kineto',
    producer: {},
    devices: [],
    rank: null,
    worldSize: null,
    processGroups: [],
    baseTimeNs: '0',
    window: null,
    eventCount: 0,
    repairs: [],
    annotations: [],
    hostCalls: hostCalls.sort((a, b) => a.startNs - b.startNs),
    kernels: events.sort((a, b) => a.startNs - b.startNs),
    ...more,
  }
}
