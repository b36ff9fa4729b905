// Time of communication over the links of a system (beyond a node: network/across-nodes.ts), by the latency-bandwidth (alpha-beta) model:
// a step costs the link latency, and what crosses a device's links goes at their bandwidth.
// With n devices, D bytes, alpha the latency of a link, B the bandwidth of all links of a device in one
// direction and b = B / (devices - 1) that of the link to one peer of a fully connected system:
//
//   ring       all-reduce 2(n-1) alpha + 2(n-1)/n D/B; all-gather, reduce-scatter (n-1) alpha + (n-1)/n D/B
//   two-shot   all-reduce 2 alpha + 2(n-1)/n D/B, fully connected 2 alpha + 2 D/n/b
//   one-shot   all-reduce alpha + (n-1) D/B, fully connected alpha + D/b
//   tree       all-reduce 2 log2(n) alpha + 2 D/B
//   all-to-all alpha + (n-1)/n D/B, fully connected alpha + D/n/b, on a ring alpha n/2 + D n/4/B
//   broadcast  (n-1) alpha + D/B; send, receive alpha + D/(B or b)
//
// Sources: Thakur, Rabenseifner, Gropp, "Optimization of Collective Communication Operations in MPICH",
// IJHPCA 19(1), 2005; nccl-tests PERFORMANCE.md. Where a call names no algorithm: ring on a switch or a
// ring (NCCL's for large messages), two-shot on fully connected links.
import {
  type CollectiveCall,
  dtypeBytes,
  type HardwareSpec,
  type LinkSpec,
} from '@flowsim/trace-schema'
import { PerfModelError } from '../errors.js'
import { acrossNodesTime } from './network/across-nodes.js'
import { devicesOfNode } from './network/nodes.js'

interface Fabric {
  alphaS: number
  /** All links of a device in one direction, bytes per second. */
  deviceBandwidth: number
  /** The link to one peer, bytes per second. */
  peerBandwidth: number
  /** Whether each pair of devices has its own links. */
  direct: boolean
  ring: boolean
}

/** Bytes on a link per byte of payload: packets have headers of whole flits. */
export function packetOverhead(hardware: HardwareSpec): number {
  const { link } = hardware.system
  if (link?.maxPayloadBytes === undefined || link.headerBytes === undefined) return 1
  const flit = link.flitBytes ?? 1
  return 1 + (Math.ceil(link.headerBytes / flit) * flit) / link.maxPayloadBytes
}

/** What {@link collectiveTime} takes beside the call. */
interface CollectiveTimeOptions {
  /** Bytes on a link for each of a payload. */
  overhead?: number | undefined
  devicesPerNode?: number | undefined
}

/**
 * Seconds that a collective spends on the links, and on the adapters where it goes beyond a node.
 * @throws PerfModelError `invalid_hardware` when the system has no link, `invalid_dimension` when more
 *   devices take part than the links join
 */
export function collectiveTime(
  call: CollectiveCall,
  hardware: HardwareSpec,
  { overhead = 1, devicesPerNode }: CollectiveTimeOptions = {},
): number {
  const n = call.devices
  if (n === 1) return 0
  if (n > devicesOfNode(hardware, devicesPerNode)) {
    return acrossNodesTime(call, hardware, { reach: 'ideal', devicesPerNode })
  }
  const fabric = fabricOf(hardware)
  const bytes = call.op === 'barrier' ? 0 : call.elements * dtypeBytes(call.dtype) * overhead
  const { alphaS, deviceBandwidth, peerBandwidth, direct } = fabric
  const share = ((n - 1) / n) * bytes
  switch (call.op) {
    case 'barrier':
    case 'all_reduce':
      return allReduceTime(algorithmOf(call.algorithm, fabric), n, bytes, fabric)
    case 'all_gather':
    case 'reduce_scatter':
      if (direct && algorithmOf(call.algorithm, fabric) !== 'ring') {
        return alphaS + bytes / n / peerBandwidth
      }
      return (n - 1) * alphaS + share / deviceBandwidth
    case 'all_to_all':
      if (direct) return alphaS + bytes / n / peerBandwidth
      if (fabric.ring) return (n / 2) * alphaS + (bytes * n) / 4 / deviceBandwidth
      return alphaS + share / deviceBandwidth
    case 'broadcast':
      // Fully connected: straight to every peer, or scattered and gathered.
      if (direct) {
        return Math.min(alphaS + bytes / peerBandwidth, 2 * (alphaS + bytes / n / peerBandwidth))
      }
      return (n - 1) * alphaS + bytes / deviceBandwidth
    case 'send':
    case 'recv':
      return alphaS + bytes / peerBandwidth
  }
}

type Algorithm = 'ring' | 'one_shot' | 'two_shot' | 'tree'

function algorithmOf(name: string | undefined, fabric: Fabric): Algorithm {
  const text = name?.toLowerCase() ?? ''
  if (text.includes('tree')) return 'tree'
  if (/one.?(shot|stage)|1.?(shot|stage)/.test(text)) return 'one_shot'
  if (/two.?(shot|stage)|2.?(shot|stage)/.test(text)) return 'two_shot'
  if (text.includes('ring')) return 'ring'
  return fabric.direct ? 'two_shot' : 'ring'
}

function allReduceTime(algorithm: Algorithm, n: number, bytes: number, fabric: Fabric): number {
  const { alphaS, deviceBandwidth, peerBandwidth, direct } = fabric
  switch (algorithm) {
    case 'ring':
      return 2 * (n - 1) * alphaS + (2 * (n - 1) * bytes) / n / deviceBandwidth
    case 'tree':
      return 2 * Math.ceil(Math.log2(n)) * alphaS + (2 * bytes) / deviceBandwidth
    case 'two_shot':
      return (
        2 * alphaS +
        (direct ? (2 * bytes) / n / peerBandwidth : (2 * (n - 1) * bytes) / n / deviceBandwidth)
      )
    case 'one_shot':
      return alphaS + (direct ? bytes / peerBandwidth : ((n - 1) * bytes) / deviceBandwidth)
  }
}

function fabricOf(hardware: HardwareSpec): Fabric {
  const { system } = hardware
  const link = requireLink(hardware)
  const deviceBandwidth = link.countPerDevice * link.bandwidthPerDirectionBytesPerS
  const direct = system.topology === 'fully_connected'
  const ring = system.topology === 'ring'
  return {
    alphaS: link.latencyS,
    deviceBandwidth,
    peerBandwidth: direct
      ? deviceBandwidth / (system.devices - 1)
      : ring
        ? deviceBandwidth / 2
        : deviceBandwidth,
    direct,
    ring,
  }
}

/** The links of a system. @throws PerfModelError `invalid_hardware` when it has none */
export function requireLink(hardware: HardwareSpec): LinkSpec {
  const { link } = hardware.system
  if (link !== undefined) return link
  throw new PerfModelError(
    'invalid_hardware',
    `${hardware.name}: system.link is not described, so communication cannot be estimated`,
    'system.link',
  )
}
