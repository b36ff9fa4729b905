// When things happen on one rank: a CPU thread that calls operators and launches kernels, a compute
// stream and a communication stream.
//
// A kernel starts when its launch has reached the device and its stream has finished what came
// before; a collective on its own stream also waits for the compute stream, and the compute stream
// for it. The default times are medians of a public profile (SGLang, DeepSeek-V3 cut to 2 layers,
// H200, with stacks): 5.7 µs in cudaLaunchKernel, 6.5 µs from a launch to the earliest start, 2.3 µs
// between kernels back to back (1.2 µs at the first quartile, taken for graphs), 0.7 µs for
// cudaEventRecord and cudaStreamWaitEvent, 2.9 µs for cudaStreamSynchronize, 0.87 ms between steps
// (the shortest). Between launches that profile has 70 µs in the median, most of it the recording of
// stacks; the default is its first decile, 14.7 µs.
import type { HostCall, KernelEvent, OperatorArg } from '@flowsim/trace-schema'
import type { Noise } from './noise.js'
import type { KernelPlan, OperatorPlan } from './plan.js'

/** Times on the CPU and between kernels, in seconds. */
export interface HostTimes {
  launchS: number
  /** From the start of a launch to the earliest start of its kernel. */
  launchLatencyS: number
  /** On the CPU between two launches. */
  betweenLaunchesS: number
  /** Between two kernels of a stream. */
  betweenKernelsS: number
  betweenGraphKernelsS: number
  betweenStepsS: number
  eventS: number
  synchronizeS: number
}

export const HOST_TIMES: HostTimes = {
  launchS: 5.7e-6,
  launchLatencyS: 6.5e-6,
  betweenLaunchesS: 14.7e-6,
  betweenKernelsS: 2.3e-6,
  betweenGraphKernelsS: 1.2e-6,
  betweenStepsS: 0.87e-3,
  eventS: 0.7e-6,
  synchronizeS: 2.9e-6,
}

/** ln(p90/p50) / 1.2816 of cudaLaunchKernel in that profile: 9.85 and 5.66 µs. */
const HOST_SIGMA = 0.43

const DEVICES_PER_NODE = 8

export const COMPUTE_STREAM = 7
export const COMMUNICATION_STREAM = 24

/** A kernel, what calls it, and where it belongs. */
export interface TimedKernel {
  plan: KernelPlan
  operator: OperatorPlan
  modules: string[]
  scopes: string[]
  /** Kernels of one call have the same. */
  callKey: string
  collective: KernelEvent['collective']
}

/** One rank's clocks and, where they are kept, its events. */
export class RankTimeline {
  readonly kernels: KernelEvent[] = []
  readonly hostCalls: HostCall[] = []
  host = 0
  compute = 0
  communication = 0
  #correlation = 0
  #calls = 0
  readonly #openCalls = new Map<string, number>()
  #graph: { correlation: number; node: number; launch: KernelEvent['launch'] } | undefined

  readonly #keep: boolean
  readonly #times: HostTimes
  readonly #noise: Noise
  readonly #jitter: number

  constructor(
    readonly rank: number,
    readonly pid: number,
    options: { keep: boolean; times: HostTimes; noise: Noise; jitter: number },
  ) {
    this.#keep = options.keep
    this.#times = options.times
    this.#noise = options.noise
    this.#jitter = options.jitter
  }

  /** A host interval, in nanoseconds, with noise if there is any. */
  wait(seconds: number): number {
    const factor = this.#jitter === 0 ? 1 : this.#noise.factor(HOST_SIGMA)
    return Math.round(seconds * 1e9 * factor)
  }

  /** A kernel's duration with noise. */
  duration(seconds: number): number {
    return Math.max(1, Math.round(seconds * 1e9 * this.#noise.factor(this.#jitter)))
  }

  beginStep(startNs: number): void {
    this.host = startNs
    this.#openCalls.clear()
  }

  beginGraph(): void {
    this.host += this.wait(this.#times.betweenLaunchesS)
    const correlation = ++this.#correlation
    const durationNs = this.wait(this.#times.launchS)
    const launch = { ...this.#thread(), api: 'cudaGraphLaunch', startNs: this.host, durationNs }
    this.#graph = { correlation, node: 0, launch }
    this.host += durationNs
  }

  endGraph(): void {
    this.#graph = undefined
  }

  /** Time at which a kernel can start; its launch is recorded. */
  prepare(plan: KernelPlan): {
    startNs: number
    launch: KernelEvent['launch']
    correlation: number
  } {
    const onOwnStream = plan.collective !== undefined
    const gap =
      this.#graph === undefined ? this.#times.betweenKernelsS : this.#times.betweenGraphKernelsS
    const streamEnd = onOwnStream ? Math.max(this.communication, this.compute) : this.compute
    const ready = streamEnd + Math.round(gap * 1e9)
    if (this.#graph !== undefined) {
      const { launch, correlation } = this.#graph
      const earliest = launch!.startNs + Math.round(this.#times.launchLatencyS * 1e9)
      return { startNs: Math.max(ready, earliest), launch, correlation }
    }
    this.host += this.wait(this.#times.betweenLaunchesS)
    if (onOwnStream) {
      this.#call('cudaEventRecord', this.#times.eventS, COMPUTE_STREAM)
      this.#call('cudaStreamWaitEvent', this.#times.eventS, COMMUNICATION_STREAM)
    }
    const correlation = ++this.#correlation
    const durationNs = this.wait(this.#times.launchS)
    const launch = { ...this.#thread(), api: plan.api, startNs: this.host, durationNs }
    this.host += durationNs
    if (onOwnStream) {
      this.#call('cudaEventRecord', this.#times.eventS, COMMUNICATION_STREAM)
      this.#call('cudaStreamWaitEvent', this.#times.eventS, COMPUTE_STREAM)
    }
    const arrived = launch.startNs + Math.round(this.#times.launchLatencyS * 1e9)
    return { startNs: Math.max(ready, arrived), launch, correlation }
  }

  /** Records a kernel that was prepared. */
  run(
    { plan, operator, modules, scopes, callKey, collective }: TimedKernel,
    prepared: ReturnType<RankTimeline['prepare']>,
    endNs: number,
  ): void {
    const stream = plan.collective === undefined ? COMPUTE_STREAM : COMMUNICATION_STREAM
    this.compute = endNs
    if (plan.collective !== undefined) this.communication = endNs
    const inGraph = this.#graph !== undefined
    const node = inGraph ? this.#graph!.node++ : undefined
    if (!this.#keep) return
    const hasShapes = operator.args.some((arg) => arg.kind !== 'scalar')
    const event: KernelEvent = {
      kind: plan.collective === undefined ? 'kernel' : 'collective',
      name: plan.name,
      device: this.device,
      stream,
      startNs: prepared.startNs,
      durationNs: endNs - prepared.startNs,
      grid: plan.grid,
      block: plan.block,
      registersPerThread: plan.registers,
      sharedMemoryBytes: plan.sharedMemory,
      correlation: prepared.correlation,
      launch: prepared.launch!,
      shapesFrom: !inGraph && operator.name !== null && hasShapes ? 'profiler' : 'none',
      scopes,
    }
    if (node !== undefined) event.graphNodeId = node
    else {
      event.modules = modules
      if (operator.name !== null) {
        event.op = { name: operator.name, args: operator.args, parents: operator.parents }
        event.opInstance = this.#instance(callKey)
      }
    }
    if (collective !== undefined) event.collective = collective
    this.kernels.push(event)
  }

  /** A copy between host and device on the compute stream. */
  copy(name: string, bytes: number, seconds: number, args: OperatorArg[], scopes: string[]): void {
    this.host += this.wait(this.#times.betweenLaunchesS)
    const correlation = ++this.#correlation
    const durationNs = this.wait(this.#times.launchS)
    const launch = { ...this.#thread(), api: 'cudaMemcpyAsync', startNs: this.host, durationNs }
    this.host += durationNs
    const startNs = Math.max(
      this.compute + Math.round(this.#times.betweenKernelsS * 1e9),
      launch.startNs + Math.round(this.#times.launchLatencyS * 1e9),
    )
    const length = this.duration(seconds)
    this.compute = startNs + length
    if (!this.#keep) return
    this.kernels.push({
      kind: 'memcpy',
      name,
      device: this.device,
      stream: COMPUTE_STREAM,
      startNs,
      durationNs: length,
      bytes,
      correlation,
      launch,
      op: { name: 'aten::copy_', args, parents: ['aten::_to_copy', 'aten::to'] },
      opInstance: ++this.#calls,
      shapesFrom: 'profiler',
      scopes,
    })
  }

  /** Waits on the CPU for the compute stream. */
  synchronize(): void {
    const least = this.wait(this.#times.synchronizeS)
    const durationNs = Math.max(least, this.compute + least - this.host)
    if (this.#keep) {
      this.hostCalls.push({
        ...this.#thread(),
        api: 'cudaStreamSynchronize',
        startNs: this.host,
        durationNs,
        correlation: ++this.#correlation,
        stream: COMPUTE_STREAM,
      })
    }
    this.host += durationNs
  }

  #call(api: string, seconds: number, stream: number): void {
    const durationNs = this.wait(seconds)
    if (this.#keep) {
      const correlation = ++this.#correlation
      this.hostCalls.push({
        ...this.#thread(),
        api,
        startNs: this.host,
        durationNs,
        correlation,
        stream,
      })
    }
    this.host += durationNs
  }

  #instance(key: string): number {
    const open = this.#openCalls.get(key)
    if (open !== undefined) return open
    const instance = ++this.#calls
    this.#openCalls.set(key, instance)
    return instance
  }

  #thread(): { pid: number; tid: number } {
    return { pid: this.pid, tid: this.pid }
  }

  /** Index of the device on its node. */
  get device(): number {
    return this.rank % DEVICES_PER_NODE
  }

  get inGraph(): boolean {
    return this.#graph !== undefined
  }
}
