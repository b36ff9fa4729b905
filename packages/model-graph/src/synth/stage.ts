// The ranks of a stage going through steps together: each on its own timeline, collectives from the
// last arrival on.
import type { AnnotationSpan, KernelCollective } from '@flowsim/trace-schema'
import type { GraphOp, StepGraph } from '../graph.js'
import type { CommunicationGroup } from '../parallelism.js'
import type { Communicator, Communicators } from './communicators.js'
import { type OperatorPlan, scalar, tensor } from './plan.js'
import { stepLabel } from './step-label.js'
import {
  COMMUNICATION_STREAM,
  COMPUTE_STREAM,
  type RankTimeline,
  type TimedKernel,
} from './timeline.js'

/** An operation with its time and how it looks in a profile. */
export interface PlannedOp {
  op: GraphOp
  seconds: number
  operators: OperatorPlan[]
  modules: string[]
}

/** Copies of token ids between host and device: the median of the profile in timeline.ts. */
const COPY_S = 2.7e-6

/** The ranks of a stage. */
export class Stage {
  /** Annotations of each rank. */
  readonly annotations: AnnotationSpan[][]
  readonly #sequences = new Map<CommunicationGroup, number>()
  #operators = 0
  #steps = 0

  constructor(
    readonly timelines: readonly RankTimeline[],
    private readonly groups: Communicators,
    private readonly betweenStepsNs: number,
    private readonly graphs: boolean,
  ) {
    this.annotations = timelines.map(() => [])
  }

  /** Runs one step on all ranks. */
  run({ batch, sequences }: StepGraph, ops: readonly PlannedOp[]): void {
    const { timelines } = this
    const label = stepLabel(sequences)
    const scopes = [label]
    // The scheduler tells all ranks of the next step at the same time.
    const last = Math.max(...timelines.map(({ host }) => host))
    const startNs = this.#steps++ === 0 ? 0 : last + this.betweenStepsNs
    const tokens = batch.prefillTokens + batch.decodeTokens
    for (const timeline of timelines) {
      timeline.beginStep(startNs)
      const args = [tensor([tokens], 'int64'), tensor([tokens], 'int64'), scalar(true)]
      timeline.copy('Memcpy HtoD (Pinned -> Device)', 8 * tokens, COPY_S, args, scopes)
    }
    const firstKernels = timelines.map(({ compute }) => compute)
    const asGraph = this.graphs && batch.prefillSequences === 0
    if (asGraph) for (const timeline of timelines) timeline.beginGraph()
    for (const planned of ops) this.#runOp(planned, scopes)
    if (asGraph) for (const timeline of timelines) timeline.endGraph()
    for (const [i, timeline] of timelines.entries()) {
      const args = [
        tensor([batch.samples], 'int64'),
        tensor([batch.samples], 'int64'),
        scalar(true),
      ]
      if (batch.samples > 0) {
        timeline.copy('Memcpy DtoH (Device -> Pinned)', 8 * batch.samples, COPY_S, args, scopes)
      }
      timeline.synchronize()
      this.#annotate(i, label, [startNs, timeline.host], COMPUTE_STREAM, [
        firstKernels[i]!,
        timeline.compute,
      ])
    }
  }

  #runOp({ op, seconds, operators, modules }: PlannedOp, scopes: string[]): void {
    for (const operator of operators) {
      const inner = operator.annotation === undefined ? scopes : [...scopes, operator.annotation]
      const key =
        operator.call === undefined ? `${++this.#operators}` : `${op.module} ${operator.call}`
      for (const plan of operator.kernels) {
        const durationS = seconds * plan.share
        this.#runKernel(op, durationS, { plan, operator, modules, scopes: inner, callKey: key })
      }
    }
  }

  #runKernel(op: GraphOp, durationS: number, kernel: Omit<TimedKernel, 'collective'>): void {
    const { timelines } = this
    const { plan, operator } = kernel
    const hostBefore = timelines.map(({ host }) => host)
    const prepared = timelines.map((timeline) => timeline.prepare(plan))
    const ends = prepared.map(({ startNs }, i) => startNs + timelines[i]!.duration(durationS))
    if (op.group !== undefined && op.group !== 'pipeline') {
      meet(timelines, prepared, ends, this.groups[op.group])
    }
    const sequence = plan.collective === undefined ? 0 : this.#nextSequence(op.group!)
    for (const [i, timeline] of timelines.entries()) {
      let collective: KernelCollective | undefined
      if (plan.collective !== undefined) {
        const { name, ranks } = this.groups[op.group!](timeline.rank)
        collective = { ...plan.collective, groupName: name, ranks, sequence }
      }
      timeline.run({ ...kernel, collective }, prepared[i]!, ends[i]!)
      if (operator.annotation !== undefined && !timeline.inGraph) {
        this.#annotate(
          i,
          operator.annotation,
          [hostBefore[i]!, timeline.host],
          COMMUNICATION_STREAM,
          [prepared[i]!.startNs, ends[i]!],
        )
      }
    }
  }

  #nextSequence(group: CommunicationGroup): number {
    const sequence = this.#sequences.get(group) ?? 0
    this.#sequences.set(group, sequence + 1)
    return sequence
  }

  /** The same label on the host and, as the profiler draws it, over the kernels on the device. */
  #annotate(
    index: number,
    name: string,
    host: [from: number, to: number],
    stream: number,
    device: [from: number, to: number],
  ): void {
    const timeline = this.timelines[index]!
    const { pid } = timeline
    this.annotations[index]!.push(
      { name, on: 'host', pid, tid: pid, startNs: host[0], durationNs: host[1] - host[0] },
      {
        name,
        on: 'device',
        pid: timeline.device,
        tid: stream,
        startNs: device[0],
        durationNs: device[1] - device[0],
      },
    )
  }
}

/** Members of a group go on together: from the last arrival, for the slowest one's time. */
function meet(
  timelines: readonly RankTimeline[],
  prepared: readonly { startNs: number }[],
  ends: number[],
  groupOf: (rank: number) => Communicator,
): void {
  const latest = new Map<Communicator['name'], { arrival: number; duration: number }>()
  for (const [i, timeline] of timelines.entries()) {
    const { name } = groupOf(timeline.rank)
    const { startNs } = prepared[i]!
    const known = latest.get(name) ?? { arrival: -Infinity, duration: 0 }
    known.arrival = Math.max(known.arrival, startNs)
    known.duration = Math.max(known.duration, ends[i]! - startNs)
    latest.set(name, known)
  }
  for (const [i, timeline] of timelines.entries()) {
    const { arrival, duration } = latest.get(groupOf(timeline.rank).name)!
    ends[i] = arrival + duration
  }
}
