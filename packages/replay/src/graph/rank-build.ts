// What the builders of one rank's edges share: numbers of nodes, classes, faults, and how well the start
// of each kernel is explained so far.
import { EdgeKind, type ReplayFault } from '../graph.js'
import type { EdgeClasses, EdgeList } from './edge-list.js'
import type { RankSide } from './rank-side.js'
import type { Typical, TypicalLags } from './typical.js'

/** Times of the host and of devices are compared with this tolerance: old traces have whole microseconds. */
export const CLOCK_TOLERANCE_NS = 20_000

/** Faults that are kept in detail; all are counted. */
const MAX_FAULTS = 100

/** Counts that the builders of all ranks add to. */
export class Findings {
  faultCount = 0
  readonly faults: ReplayFault[] = []
  unlinked = 0
  inferredWaits = 0
  unknownWaits = 0

  fault(kind: ReplayFault['kind'], message: string, kernels: number[]): void {
    this.faultCount++
    if (this.faults.length < MAX_FAULTS) this.faults.push({ kind, message, kernels })
  }
}

/** What the ranks of one graph have in common. */
export interface SharedBuild {
  edges: EdgeList
  classes: EdgeClasses
  typical: TypicalLags
  findings: Findings
  /** Whether waits that the trace does not name are looked for. */
  inference: boolean
}

/** Where the nodes and edges of one rank go. */
export class RankBuild {
  /** Latest time that the edges of each kernel's start explain, with their typical lags. */
  readonly readyNs: Float64Array
  /** Whether each call waited for a device, and whether its end has such edges at all. */
  readonly waited: Uint8Array
  readonly mayWait: Uint8Array
  /** CPU time of each API when it does not have to wait. */
  readonly callTimes = new Map<number, Typical>()

  readonly edges: EdgeList
  readonly classes: EdgeClasses
  readonly typical: TypicalLags
  readonly findings: Findings
  readonly inference: boolean

  constructor(
    readonly side: RankSide,
    shared: SharedBuild,
    readonly firstKernel: number,
    /** Node of the rank's first call. */
    readonly callBase: number,
  ) {
    this.edges = shared.edges
    this.classes = shared.classes
    this.typical = shared.typical
    this.findings = shared.findings
    this.inference = shared.inference
    this.readyNs = new Float64Array(side.count).fill(-Infinity)
    this.waited = new Uint8Array(side.calls.count)
    this.mayWait = new Uint8Array(side.calls.count)
  }

  kernelStart(k: number): number {
    return kernelStartNode(this.firstKernel + k)
  }

  kernelEnd(k: number): number {
    return kernelStartNode(this.firstKernel + k) + 1
  }

  callStart(c: number): number {
    return this.callBase + 2 * c
  }

  callEnd(c: number): number {
    return this.callBase + 2 * c + 1
  }

  /** Holds a kernel back until a lag after `sourceNs`. */
  delay(k: number, source: number, sourceNs: number, cls: number): void {
    this.edges.add(source, this.kernelStart(k), cls)
    const { typicalNs } = this.classes.list[cls]!
    const ready = Number.isNaN(typicalNs) ? this.side.startNs[k]! : sourceNs + typicalNs
    if (ready > this.readyNs[k]!) this.readyNs[k] = ready
  }

  /** Class of waits for a stream's event; the reaction to an event is that of a stream to itself. */
  eventClass(inferred: boolean): number {
    const { ns, samples } = this.typical.gap[0]!
    return inferred
      ? this.classes.get(EdgeKind.InferredEvent, 'inferred event', ns, samples)
      : this.classes.get(EdgeKind.Event, 'event', ns, samples)
  }

  /** `"name" (kernel 12, stream 7)`, for messages. */
  describe(k: number): string {
    const { name, stream } = this.side.trace.kernels[k]!
    const short = name.length > 60 ? `${name.slice(0, 57)}...` : name
    return `"${short}" (kernel ${k}, stream ${stream})`
  }

  fault(kind: ReplayFault['kind'], message: string, kernels: readonly number[]): void {
    this.findings.fault(
      kind,
      `${this.side.trace.source}: ${message}`,
      kernels.map((k) => this.firstKernel + k),
    )
  }
}

/** Node 0 is time zero; then start and end of each kernel. */
export function kernelStartNode(kernel: number): number {
  return 1 + 2 * kernel
}
