// What ran on a device as a graph for simulators of networks: computation merged between collectives, collectives
// with their message, each after what had ended when it began.
//
// ASTRA-sim runs one computation and one collective of a rank at a time, and knows the collectives below.
import { dtypeBytes, type KernelEvent, type KernelTrace } from '@flowsim/trace-schema'
import type { ChakraGroups } from './chakra-groups.js'

/** A node; what it depends on has a smaller number. */
export interface GraphNode {
  id: number
  name: string
  after: number[]
  durationUs: number
  /** Of collectives: `comm_type`, bytes that the rank puts in, group (that of all ranks if undefined). */
  message?: { type: number; bytes: number; group: string | undefined }
}

/** What became of a trace's kernels. */
export interface ChakraReport {
  computeNodes: number
  collectives: number
  /** Collectives and messages of unknown size or of a kind that ASTRA-sim does not run: their time is computation. */
  asCompute: { count: number; timeNs: number }
  /** Time in which nothing ran: it is in no node. */
  idleNs: number
}

/** Values of `comm_type`; et_def.proto, CollectiveCommType. */
const TYPES: Readonly<Record<string, number>> = {
  all_reduce: 0,
  all_gather: 2,
  broadcast: 5,
  all_to_all: 6,
  reduce_scatter: 7,
}
const US = 1000

interface Compute {
  startNs: number
  endNs: number
  busyNs: number
  kernels: number
  after: (Compute | Message)[]
  id: number
}
interface Message extends Required<Pick<GraphNode, 'message'>> {
  kernel: KernelEvent
  startNs: number
  endNs: number
  after: (Compute | Message)[]
  id: number
}

/** The graph of one rank, in order of start. */
export function chakraGraph(
  { kernels, worldSize }: KernelTrace,
  groups: ChakraGroups,
): { nodes: GraphNode[]; report: ChakraReport } {
  const messages: Message[] = []
  const others: KernelEvent[] = []
  const asCompute = { count: 0, timeNs: 0 }
  for (const kernel of kernels) {
    const message = messageOf(kernel, worldSize, groups)
    if (message !== undefined) messages.push(message)
    else {
      others.push(kernel)
      if (kernel.kind !== 'collective') continue
      asCompute.count++
      asCompute.timeNs += kernel.durationNs
    }
  }
  const computes = computation(others, messages)
  link(computes, messages)
  const report = {
    computeNodes: computes.length,
    collectives: messages.length,
    asCompute,
    idleNs: idleOf(kernels),
  }
  return { nodes: numbered(computes, messages), report }
}

function messageOf(
  kernel: KernelEvent,
  worldSize: number | null,
  groups: ChakraGroups,
): Message | undefined {
  const { collective, startNs, durationNs } = kernel
  const type = TYPES[collective?.kind ?? '']
  if (collective?.inElements === undefined || type === undefined) return undefined
  if (collective.dtype === undefined) return undefined
  const bytes = collective.inElements * dtypeBytes(collective.dtype)
  const group = groups.idOf(collective, worldSize)
  const message = { type, bytes, group }
  return { kernel, startNs, endNs: startNs + durationNs, message, after: [], id: 0 }
}

/** Kernels between the beginnings and ends of collectives, merged: one that runs on past a beginning is after it. */
function computation(kernels: readonly KernelEvent[], messages: readonly Message[]): Compute[] {
  const starts = messages.map(({ startNs }) => startNs)
  const ends = messages.map(({ endNs }) => endNs).sort((a, b) => a - b)
  const nodes: Compute[] = []
  let begun = 0
  let ended = 0
  let part = -1
  let coveredNs = -Infinity
  for (const { startNs, durationNs } of kernels) {
    const endNs = startNs + durationNs
    while (begun < starts.length && starts[begun]! < endNs) begun++
    while (ended < ends.length && ends[ended]! <= startNs) ended++
    let node = nodes.at(-1)
    if (node === undefined || begun + ended !== part) {
      part = begun + ended
      node = { startNs, endNs, busyNs: 0, kernels: 0, after: [], id: 0 }
      nodes.push(node)
    }
    node.kernels++
    node.busyNs += Math.max(0, endNs - Math.max(startNs, coveredNs))
    node.endNs = Math.max(node.endNs, endNs)
    coveredNs = Math.max(coveredNs, endNs)
  }
  return nodes
}

function link(computes: readonly Compute[], messages: readonly Message[]): void {
  const byEnd = [...messages].sort((a, b) => a.endNs - b.endNs)
  let ended = 0
  for (const [i, node] of computes.entries()) {
    if (i > 0) node.after.push(computes[i - 1]!)
    for (; ended < byEnd.length && byEnd[ended]!.endNs <= node.startNs; ended++) {
      node.after.push(byEnd[ended]!)
    }
  }
  const lastOfStream = new Map<string, Message>()
  let done = 0
  for (const message of messages) {
    while (done < computes.length && computes[done]!.endNs <= message.startNs) done++
    if (done > 0) message.after.push(computes[done - 1]!)
    const stream = `${message.kernel.device} ${message.kernel.stream}`
    const before = lastOfStream.get(stream)
    if (before !== undefined && before.endNs <= message.startNs) message.after.push(before)
    lastOfStream.set(stream, message)
  }
}

/** Nodes in order of start; what is less than a microsecond goes over to the next computation. */
function numbered(computes: readonly Compute[], messages: readonly Message[]): GraphNode[] {
  const order = [...computes, ...messages].sort((a, b) => a.startNs - b.startNs)
  order.forEach((node, i) => {
    node.id = i + 1
  })
  let restNs = 0
  return order.map((node) => {
    const after = node.after.map(({ id }) => id)
    if ('message' in node) {
      const { id, kernel, message } = node
      return {
        id,
        name: kernel.name,
        after,
        durationUs: Math.round(kernel.durationNs / US),
        message,
      }
    }
    const ns = node.busyNs + restNs
    const durationUs = Math.floor(ns / US)
    restNs = ns - durationUs * US
    return { id: node.id, name: `${node.kernels} kernels`, after, durationUs }
  })
}

function idleOf(kernels: readonly KernelEvent[]): number {
  let idle = 0
  let coveredNs = kernels[0]?.startNs ?? 0
  for (const { startNs, durationNs } of kernels) {
    idle += Math.max(0, startNs - coveredNs)
    coveredNs = Math.max(coveredNs, startNs + durationNs)
  }
  return idle
}
