// Kernels as columns of small integers: kinds, families, streams, stacks and names are stored once.

import type { PageKernelKind, PageKernels, ReportPage } from '@flowsim/trace-schema'
import {
  type KernelEvent,
  type KernelOperation,
  type KernelTrace,
  opWork,
} from '@flowsim/trace-schema'
import { roofOf } from './ceilings.js'
import { describeShape } from './describe-shape.js'
import { Interner } from './interner.js'
import type { ReportData } from './report-data.js'

/** Frames of a call stack that are kept. */
const FRAMES = 24

/** Columns while they are made. */
type Columns<T> = {
  [Name in keyof T]: T[Name] extends ArrayLike<number> | undefined ? number[] : never
}

type Packed = Pick<
  ReportPage,
  'kernels' | 'kinds' | 'families' | 'strings' | 'bounds' | 'streams' | 'launches' | 'stacks'
>

/** Packs the kernels of a report; kernels come out in order of start. */
export function packKernels(data: ReportData): Packed {
  const { trace, operations, layers, steps, prediction } = data
  const strings = new Interner()
  const families = new Interner()
  const bounds = new Interner()
  const launches = new Interner()
  const streams = new Interner<{ device: number; stream: number }>()
  const stacks = new Interner<number[]>()
  const kinds = new Kinds(strings, families)
  const kernels: Columns<PageKernels> = {
    startDelta: [],
    duration: [],
    kind: [],
    stream: [],
    launch: [],
    launchLead: [],
    ...(layers && layers.layers.length > 0 && { layer: [] }),
    ...(steps && steps.steps.length > 0 && { step: [] }),
    ...(prediction && { predicted: [], bound: [] }),
    ...(prediction?.replay && { replayStartDelta: [] }),
    ...(waitsInReplay(data) && { replayDuration: [] }),
    ...(trace.kernels.some(({ callStack }) => callStack) && { stack: [] }),
  }
  let last = data.breakdown.startNs
  let lastReplayed = Math.round(prediction?.replay?.firstStartNs ?? 0)
  for (const i of startOrder(trace)) {
    const kernel = trace.kernels[i]!
    kernels.startDelta.push(kernel.startNs - last)
    last = kernel.startNs
    kernels.duration.push(kernel.durationNs)
    kernels.kind.push(kinds.add(kernel, operations[i]!))
    const { device, stream, launch } = kernel
    kernels.stream.push(streams.add({ device, stream }, `${device}:${stream}`))
    kernels.launch.push(launch ? launches.add(launch.api) : -1)
    kernels.launchLead.push(launch ? kernel.startNs - launch.startNs : -1)
    kernels.layer?.push(layers!.layerOf[i]!)
    kernels.step?.push(steps!.stepOf[i]!)
    const estimate = prediction?.estimates[i]
    kernels.predicted?.push(estimate ? Math.round(estimate.latencyS * 1e9) : -1)
    kernels.bound?.push(estimate ? bounds.add(estimate.bound) : -1)
    if (prediction?.replay !== undefined) {
      const start = Math.round(prediction.replay.startNs[i]!)
      kernels.replayStartDelta!.push(start - lastReplayed)
      lastReplayed = start
    }
    kernels.replayDuration?.push(Math.round(prediction!.replay!.durationNs![i]!))
    kernels.stack?.push(stackPlace(kernel, stacks, strings))
  }
  return {
    kernels,
    kinds: kinds.values,
    families: families.values,
    strings: strings.values,
    bounds: bounds.values,
    streams: streams.values,
    launches: launches.values,
    stacks: stacks.values,
  }
}

/** Whether kernels of the replay take other times than were predicted for them. */
function waitsInReplay({ trace, prediction }: ReportData): boolean {
  const replayed = prediction?.replay?.durationNs
  if (replayed === undefined) return false
  return trace.kernels.some(({ durationNs }, i) => {
    const estimate = prediction!.estimates[i]
    return Math.abs(replayed[i]! - (estimate ? estimate.latencyS * 1e9 : durationNs)) > 1
  })
}

function startOrder({ kernels }: KernelTrace): number[] {
  const order = kernels.map((_, i) => i)
  return order.sort((a, b) => kernels[a]!.startNs - kernels[b]!.startNs || a - b)
}

function stackPlace(
  { callStack }: KernelEvent,
  stacks: Interner<number[]>,
  strings: Interner,
): number {
  if (!callStack || callStack.length === 0) return -1
  const known = stacks.find(callStack) // parsers share stacks between kernels
  if (known !== undefined) return known
  const frames = callStack.slice(0, FRAMES).map((frame) => strings.add(frame))
  return stacks.add(frames, callStack)
}

/** The last kernel with an operation and operator. */
interface Seen extends Pick<KernelEvent, 'name' | 'kind' | 'grid'> {
  place: number
}

class Kinds {
  readonly #kinds = new Interner<PageKernelKind>()
  /** By what parsers share between kernels, so that the key is seldom made. */
  readonly #known = new Map<KernelOperation, Map<KernelEvent['op'], Seen>>()

  constructor(
    readonly strings: Interner,
    readonly families: Interner,
  ) {}

  get values(): PageKernelKind[] {
    return this.#kinds.values
  }

  add(kernel: KernelEvent, operation: KernelOperation): number {
    let byOperator = this.#known.get(operation)
    if (byOperator === undefined) {
      byOperator = new Map()
      this.#known.set(operation, byOperator)
    }
    const { name, kind, grid } = kernel
    const seen = byOperator.get(kernel.op)
    if (seen?.name === name && seen.kind === kind && seen.grid === grid) return seen.place
    const place = this.#place(kernel, operation)
    byOperator.set(kernel.op, { name, kind, grid, place })
    return place
  }

  #place(kernel: KernelEvent, operation: KernelOperation): number {
    const shape = describeShape(operation)
    const key = [
      kernel.name,
      kernel.op?.name,
      shape,
      operation.op,
      operation.family,
      operation.auxiliary,
      kernel.kind,
      kernel.grid?.join('×'),
    ].join('\u0000')
    const known = this.#kinds.find(key)
    if (known !== undefined) return known
    const text = (value: string | null | undefined) =>
      value === null || value === undefined ? -1 : this.strings.add(value)
    const work = operation.call && !operation.auxiliary ? opWork(operation.call) : undefined
    return this.#kinds.add(
      {
        name: this.strings.add(kernel.name),
        operator: text(kernel.op?.name),
        shape: text(shape),
        library: text(operation.library),
        missing: text(operation.missing),
        op: operation.op,
        family: this.families.add(operation.family),
        kind: kernel.kind,
        flops: work ? work.flops : null,
        bytes: work ? work.readBytes + work.writeBytes : null,
        roof: roofOf(operation),
        grid: kernel.grid ? kernel.grid.join('×') : null,
      },
      key,
    )
  }
}
