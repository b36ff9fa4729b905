// Dispatch of tokens to the devices of their experts, and the combination of what comes back, as DeepEP does them.
// With T tokens of a device, b bytes of a row, m devices on each of N nodes, W the adapters and B the links of a
// device in one direction:
//
//   low latency  a row goes to the device of each of the k experts:
//                max(T k b (n-m)/n / W, T k b (m-1)/n / B), and a fixed time in which the device sends and receives;
//                what is under way needs nothing of the device
//   normal       a row goes once to each node that holds one of its experts (through the adapters, to the device of
//                the same place), and from there over the links to each device that does:
//                max(T nodes (N-1)/N b / W, T devices (m-1)/m b / B); some of the device's units move the rows
//
// A row's experts are spread evenly, or lie in `groups.chosen` groups of `groups.count` (group-limited routing), each
// of which one node holds. `skew` is what the busiest device receives over the mean.
//
// Sources: DeepEP, README.md and docs/legacy.md; DeepSeek-V3 technical report, arXiv 2412.19437, 3.2.2 and 3.4.
import type { HardwareSpec } from '@flowsim/trace-schema'
import deepep from './deepep.json' with { type: 'json' }
import { nodeGroup } from './nodes.js'

/** Rows of tokens on their way to experts, or back. */
export interface ExpertRows {
  direction: 'dispatch' | 'combine'
  /** Few rows with little latency, or many. */
  kernels: 'low_latency' | 'normal'
  /** Tokens of one device. */
  tokens: number
  topk: number
  experts: number
  /** Groups that a token's experts lie in. */
  groups?: { count: number; chosen: number } | undefined
  hidden: number
  /** Of an element as it is sent, its scale apart. */
  elementBytes: number
  devices: number
  /** Rows of the busiest device over the mean. Default 1. */
  skew?: number
}

/** Times of a dispatch or a combination. */
export interface ExpertCommunication {
  /** In which the device itself is busy with it. */
  deviceS: number
  /** In which rows are under way, and the device may do other things. */
  flightS: number
}

/** The units of a device that normal kernels keep to themselves. */
export const COMMUNICATION_UNITS = deepep.normal.units

/**
 * Times of a dispatch or a combination.
 * @throws PerfModelError `invalid_dimension` when there are several nodes and no network is described
 */
export function expertCommunication(
  rows: ExpertRows,
  hardware: HardwareSpec,
  { devicesPerNode }: { devicesPerNode?: number | undefined } = {},
): ExpertCommunication {
  const { direction, kernels, tokens, topk, hidden, elementBytes, devices, skew = 1 } = rows
  const group = nodeGroup(`expert ${direction}`, devices, hardware, devicesPerNode)
  const { perNode, nodes, linkBandwidth } = group
  const deviceBandwidth = group.nodeBandwidth / perNode
  const rowBytes =
    hidden * (elementBytes + (elementBytes < 2 ? deepep.scaleBytesPerElement : 0)) +
    deepep.headerBytes
  const { dispatchUs, combineUs } = deepep.lowLatency
  const deviceS = (direction === 'dispatch' ? dispatchUs : combineUs) * 1e-6
  const sent = tokens * rowBytes * skew
  if (kernels === 'low_latency') {
    const { networkShare, linkShare } = deepep.lowLatency
    const outside = (sent * topk * (devices - perNode)) / devices
    const inside = (sent * topk * (perNode - 1)) / devices
    const flightS = Math.max(
      outside / (deviceBandwidth * networkShare),
      inside / (linkBandwidth * linkShare),
    )
    return { deviceS, flightS }
  }
  const { networkShare, linkShare } = deepep.normal
  const outside = sent * nodesOfToken(rows, nodes) * ((nodes - 1) / nodes)
  const inside = sent * spread(topk, devices) * ((perNode - 1) / perNode)
  const flightS = Math.max(
    outside / (deviceBandwidth * networkShare),
    inside / (linkBandwidth * linkShare),
  )
  return { deviceS, flightS }
}

/** Of so many places, those that at least one of `drawn` rows goes to, all as likely. */
function spread(drawn: number, places: number): number {
  return places * (1 - (1 - 1 / places) ** drawn)
}

/** Nodes that hold at least one of a token's experts. */
function nodesOfToken({ topk, groups }: ExpertRows, nodes: number): number {
  if (groups === undefined || groups.count % nodes !== 0) return spread(topk, nodes)
  // Of a node's groups, j are among the chosen ones; each row lies in one of them, all as likely.
  const { count, chosen } = groups
  const own = count / nodes
  let reached = 0
  for (let j = 1; j <= Math.min(own, chosen); j++) {
    reached += hypergeometric(j, { count, own, chosen }) * (1 - (1 - j / chosen) ** topk)
  }
  return nodes * reached
}

/** Chance that of `chosen` out of `count`, j are among `own`. */
function hypergeometric(
  j: number,
  { count, own, chosen }: { count: number; own: number; chosen: number },
): number {
  return (choose(own, j) * choose(count - own, chosen - j)) / choose(count, chosen)
}

function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0
  let ways = 1
  for (let i = 0; i < k; i++) ways = (ways * (n - i)) / (i + 1)
  return ways
}
