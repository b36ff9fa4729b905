// Collectives among devices of several nodes. Every adapter of a node carries its share: NCCL builds as many
// rings or trees as there are adapters. With n devices, m on each of N nodes, D bytes, B the links of a device and
// W the adapters of a node in one direction:
//
//   ring        all-reduce    links 2(n-1)/n D/B, adapters 2(n-1)/n D/W; N of each n steps between nodes, twice
//               gather, scatter  the half of it
//   tree        all-reduce    reduced to one node's result over the links, 2(m-1)/m D/B, which crosses the adapters
//               up and down a tree, 2(N-1)/N D/W, or once where the network's switches add up (SHARP); 2 log2(N)
//               steps between nodes and 2(m-1) inside
//   nvls        all-reduce    as a tree whose links' switch adds up: (m+1)/m D/B in two steps
//   all-to-all  links (m-1)/n D/B of each device; adapters (n-m)/n m D/W of a node; all peers at once
//   broadcast   D/B and D/W; send and recv: adapters of one device
//
// Links and adapters carry different pieces at the same time, so that the slower of both counts. A library's
// protocols trade latency of a step for bandwidth; the fastest counts, as does the fastest algorithm, but for nvls,
// which is taken where the call names it: figures of operators lie where rings and trees do.
//
// Sources: nccl-tests PERFORMANCE.md; NCCL src/graph/tuning.cc; Sanders, Speck, Träff, "Two-tree algorithms for full
// bandwidth broadcast, reduction and scan", Parallel Computing 35(12), 2009.
import { type CollectiveCall, dtypeBytes, type HardwareSpec } from '@flowsim/trace-schema'
import nccl from './nccl.json' with { type: 'json' }
import { type NodeGroup, nodeGroup } from './nodes.js'

/** What a step costs, and the share of the bandwidth that it leaves. */
interface Protocol {
  share: number
  baseUs: Record<Kind, number>
  linkStepUs: Record<Kind, number>
  networkStepUs: Record<Kind, number>
}

type Kind = 'tree' | 'ring'

/** What crosses links and adapters, and in how many steps one after the other. */
interface Way {
  kind: Kind
  linkBytes: number
  nodeBytes: number
  linkSteps: number
  networkSteps: number
}

/** What a collective reaches: of what is described (`ideal`), or as NCCL does. */
export type Reach = 'ideal' | 'nccl'

/**
 * Seconds of a collective among devices that fill one node after the other; inside of one node too.
 * @throws PerfModelError `invalid_dimension` when there are several nodes and no network is described
 */
export function acrossNodesTime(
  call: CollectiveCall,
  hardware: HardwareSpec,
  { reach, devicesPerNode }: { reach: Reach; devicesPerNode?: number | undefined },
): number {
  const group = nodeGroup(call.op, call.devices, hardware, devicesPerNode)
  const bytes = call.op === 'barrier' ? 0 : call.elements * dtypeBytes(call.dtype)
  const isIdeal = reach === 'ideal'
  const linkBandwidth = group.linkBandwidth * (isIdeal ? 1 : nccl.linkShare)
  const nodeBandwidth = group.nodeBandwidth * (isIdeal ? 1 : nccl.networkShare)
  const protocols = isIdeal ? [idealProtocol(group)] : nccl.protocols
  let bestS = Number.POSITIVE_INFINITY
  for (const way of waysOf(call, bytes, group)) {
    for (const protocol of protocols) {
      const latencyUs =
        protocol.baseUs[way.kind] +
        way.linkSteps * protocol.linkStepUs[way.kind] +
        way.networkSteps * protocol.networkStepUs[way.kind]
      const carriedS = Math.max(way.linkBytes / linkBandwidth, way.nodeBytes / nodeBandwidth)
      bestS = Math.min(bestS, latencyUs * 1e-6 + carriedS / protocol.share)
    }
  }
  return bestS
}

function idealProtocol({ linkLatencyS, networkLatencyS }: NodeGroup): Protocol {
  const both = (us: number) => ({ tree: us, ring: us })
  return {
    share: 1,
    baseUs: both(0),
    linkStepUs: both(linkLatencyS * 1e6),
    networkStepUs: both(networkLatencyS * 1e6),
  }
}

function waysOf(call: CollectiveCall, bytes: number, group: NodeGroup): Way[] {
  const { devices: n, perNode: m, nodes } = group
  switch (call.op) {
    case 'barrier':
    case 'all_reduce':
      return allReduceWays(call.algorithm?.toLowerCase() ?? '', bytes, group)
    case 'all_gather':
    case 'reduce_scatter':
      return [ring(((n - 1) / n) * bytes, 1, group)]
    case 'all_to_all':
      return [
        {
          kind: 'ring',
          linkBytes: ((m - 1) / n) * bytes,
          nodeBytes: ((n - m) / n) * m * bytes,
          linkSteps: m > 1 ? 1 : 0,
          networkSteps: nodes > 1 ? 1 : 0,
        },
      ]
    case 'broadcast':
      return [ring(bytes, 1, group)]
    case 'send':
    case 'recv':
      // A pair's devices lie on two nodes, or on one.
      return [
        {
          kind: 'ring',
          linkBytes: nodes > 1 ? 0 : bytes,
          nodeBytes: nodes > 1 ? bytes * m : 0,
          linkSteps: nodes > 1 ? 0 : 1,
          networkSteps: nodes > 1 ? 1 : 0,
        },
      ]
  }
}

function allReduceWays(algorithm: string, bytes: number, group: NodeGroup): Way[] {
  const { devices: n, perNode: m, nodes, switchReduces } = group
  const treeSteps = 2 * Math.ceil(Math.log2(nodes))
  const tree: Way = {
    kind: 'tree',
    linkBytes: (2 * (m - 1) * bytes) / m,
    nodeBytes: nodes === 1 ? 0 : switchReduces ? bytes : (2 * (nodes - 1) * bytes) / nodes,
    linkSteps: 2 * (m - 1),
    networkSteps: switchReduces && nodes > 1 ? 2 : treeSteps,
  }
  if (/nvls|multimem/.test(algorithm)) {
    return [{ ...tree, linkBytes: m === 1 ? 0 : ((m + 1) / m) * bytes, linkSteps: 2 }]
  }
  const rings = ring((2 * (n - 1) * bytes) / n, 2, group)
  if (algorithm.includes('tree')) return [tree]
  if (algorithm.includes('ring')) return [rings]
  return [tree, rings]
}

/** Rings through all devices, `rounds` times; each crosses from node to node once. */
function ring(bytes: number, rounds: number, { devices: n, nodes }: NodeGroup): Way {
  const crossings = nodes === 1 ? 0 : nodes
  return {
    kind: 'ring',
    linkBytes: bytes,
    nodeBytes: nodes === 1 ? 0 : bytes,
    linkSteps: rounds * Math.max(0, n - 1 - crossings),
    networkSteps: rounds * Math.min(n - 1, crossings),
  }
}
