// The kernels of one rank in columns and on their streams, with the calls that launched them.
import { communicates, type RankTrace } from '@flowsim/analysis'
import type { HostCall, KernelEvent, KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { bisectLeft, bisectRight } from 'd3-array'
import { ReplayError } from '../errors.js'
import { type CallTable, callTable } from './call-table.js'
import type { Interner } from './interner.js'
import type { RankedTrace } from './ranked-traces.js'

/** What a kernel is, as far as gaps and latencies differ. */
export enum Activity {
  Kernel,
  Memcpy,
  Memset,
}

const ACTIVITIES: Record<KernelEvent['kind'], Activity> = {
  kernel: Activity.Kernel,
  collective: Activity.Kernel,
  memcpy: Activity.Memcpy,
  memset: Activity.Memset,
}

/** A stream of a device. */
export interface Lane {
  device: number
  stream: number
  /** Kernels in order of start. */
  kernels: Int32Array
  startNs: Float64Array
  endNs: Float64Array
  /**
   * When each was launched: start of the call, at least that of those before it on the stream; −∞
   * before the first launch in the trace.
   */
  launchedNs: Float64Array
}

/** One rank. Times are on the graph's clock once `shift` was called. */
export class RankSide implements RankTrace {
  readonly rank: number
  readonly trace: KernelTrace
  readonly operations: readonly KernelOperation[]
  /** The rank whose trace this is a copy of; null for a rank with a trace. */
  readonly copyOf: number | null
  readonly count: number
  readonly startNs: Float64Array
  readonly endNs: Float64Array
  readonly activity: Uint8Array
  readonly communicates: Uint8Array
  /** Lane of each kernel and place within the lane. */
  readonly lane: Uint32Array
  readonly place: Int32Array
  readonly lanes: Lane[] = []
  readonly calls: CallTable
  /** Kernels in order of start; undefined where the trace has that order, as it should. */
  readonly order: Uint32Array | undefined
  /** Kernels that end before they start; they are taken to have no duration. */
  readonly negative: number[] = []
  shiftNs = 0

  constructor({ rank, trace, operations, copyOf }: RankedTrace, apis: Interner) {
    this.rank = rank
    this.trace = trace
    this.operations = operations
    this.copyOf = copyOf
    const { kernels } = trace
    const count = kernels.length
    this.count = count
    this.startNs = new Float64Array(count)
    this.endNs = new Float64Array(count)
    this.activity = new Uint8Array(count)
    this.communicates = new Uint8Array(count)
    this.lane = new Uint32Array(count)
    this.place = new Int32Array(count)
    this.#readKernels()
    this.order = startOrder(this.startNs)
    this.calls = callTable(trace, apis)
    this.#fillLanes()
  }

  #readKernels(): void {
    const numbers = new Map<number, Map<number, number>>()
    this.trace.kernels.forEach((kernel, k) => {
      const { startNs, durationNs, device, stream, name } = kernel
      if (!Number.isFinite(startNs) || !Number.isFinite(durationNs)) {
        throw new ReplayError(
          'invalid_trace',
          `${this.trace.source}: kernel ${k} ("${name.slice(0, 80)}") has no finite start and duration; parse the trace again`,
        )
      }
      if (durationNs < 0) this.negative.push(k)
      this.startNs[k] = startNs
      this.endNs[k] = startNs + Math.max(0, durationNs)
      this.activity[k] = ACTIVITIES[kernel.kind]
      this.communicates[k] = communicates(kernel, this.operations[k]) ? 1 : 0
      let ofDevice = numbers.get(device)
      if (ofDevice === undefined) {
        ofDevice = new Map()
        numbers.set(device, ofDevice)
      }
      let lane = ofDevice.get(stream)
      if (lane === undefined) {
        lane = this.lanes.length
        ofDevice.set(stream, lane)
        const none = new Float64Array(0)
        this.lanes.push({
          device,
          stream,
          kernels: new Int32Array(0),
          startNs: none,
          endNs: none,
          launchedNs: none,
        })
      }
      this.lane[k] = lane
    })
  }

  #fillLanes(): void {
    const counts = new Uint32Array(this.lanes.length)
    for (const lane of this.lane) counts[lane]!++
    this.lanes.forEach((lane, l) => {
      lane.kernels = new Int32Array(counts[l]!)
      lane.startNs = new Float64Array(counts[l]!)
      lane.endNs = new Float64Array(counts[l]!)
      lane.launchedNs = new Float64Array(counts[l]!)
    })
    const filled = new Uint32Array(this.lanes.length)
    const latest = new Float64Array(this.lanes.length).fill(-Infinity)
    for (let i = 0; i < this.count; i++) {
      const k = this.order === undefined ? i : this.order[i]!
      const l = this.lane[k]!
      const lane = this.lanes[l]!
      const place = filled[l]!++
      this.place[k] = place
      lane.kernels[place] = k
      lane.startNs[place] = this.startNs[k]!
      lane.endNs[place] = this.endNs[k]!
      const call = this.calls.callOf[k]!
      if (call >= 0) latest[l] = Math.max(latest[l]!, this.calls.startNs[call]!)
      lane.launchedNs[place] = latest[l]!
    }
  }

  /** Moves all times of the rank. */
  shift(ns: number): void {
    this.shiftNs += ns
    const columns = [this.startNs, this.endNs, this.calls.startNs, this.calls.endNs]
    for (const { startNs, endNs, launchedNs } of this.lanes)
      columns.push(startNs, endNs, launchedNs)
    for (const column of columns) for (let i = 0; i < column.length; i++) column[i]! += ns
  }

  /** The runtime call as the trace has it; undefined for calls that only their kernels name. */
  hostCall(c: number): HostCall | undefined {
    return this.trace.hostCalls?.[this.calls.hostCall[c]!]
  }

  /** The kernel before `k` on its stream; −1 for none. */
  before(k: number): number {
    const place = this.place[k]!
    return place === 0 ? -1 : this.lanes[this.lane[k]!]!.kernels[place - 1]!
  }

  /**
   * The last kernel of a lane that was launched before a time. Kernels whose launch is unknown count
   * when they ended by `endedByNs`. −1 for none.
   */
  launchedBefore(lane: Lane, timeNs: number, endedByNs = -Infinity): number {
    let place = bisectLeft(lane.launchedNs, timeNs) - 1
    // Kernels without a launch inherit that of the one before: they may not be launched yet. Those before
    // the first launch were launched before the trace began.
    const first =
      lane.launchedNs.at(-1) === -Infinity ? -1 : bisectLeft(lane.launchedNs, -1e300) - 1
    while (
      place > first &&
      this.calls.callOf[lane.kernels[place]!]! < 0 &&
      lane.endNs[place]! > endedByNs
    ) {
      place--
    }
    return place < 0 ? -1 : lane.kernels[place]!
  }

  /** The first kernel of a lane that was launched at or after a time; −1 for none. */
  launchedAfter(lane: Lane, timeNs: number): number {
    for (let i = bisectLeft(lane.launchedNs, timeNs); i < lane.kernels.length; i++) {
      const k = lane.kernels[i]!
      if (this.calls.callOf[k]! >= 0) return k
    }
    return -1
  }

  /** Place of the last kernel of a lane that started by a time; −1 for none. */
  startedBy(lane: Lane, timeNs: number): number {
    return bisectRight(lane.startNs, timeNs) - 1
  }
}

function startOrder(startNs: Float64Array): Uint32Array | undefined {
  for (let i = 1; i < startNs.length; i++) {
    if (startNs[i]! < startNs[i - 1]!) {
      return Uint32Array.from(startNs, (_, k) => k).sort(
        (a, b) => startNs[a]! - startNs[b]! || a - b,
      )
    }
  }
  return undefined
}
