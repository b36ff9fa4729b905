// How a group of devices lies on nodes, and what joins them: the links inside of each, the adapters between.
import type { HardwareSpec } from '@flowsim/trace-schema'
import { invalidDimension } from '../../check-call.js'

/** A group of devices on its nodes; a node is what the links join, be it a host or a rack. */
export interface NodeGroup {
  devices: number
  nodes: number
  /** Devices of the group on each node. */
  perNode: number
  /** All links of a device in one direction, bytes per second; infinite where it needs none. */
  linkBandwidth: number
  linkLatencyS: number
  /** All adapters of a node that the group reaches, in one direction. */
  nodeBandwidth: number
  networkLatencyS: number
  /** The switches between nodes add up what passes. */
  switchReduces: boolean
}

/** Devices that fast links join: as many as the caller says, or as the system has. */
export function devicesOfNode({ system }: HardwareSpec, devicesPerNode?: number): number {
  return devicesPerNode ?? system.devices
}

/** Bytes per second of all adapters that so many devices of a node reach, in one direction. */
export function adapterBandwidth({ system }: HardwareSpec, devices: number): number | undefined {
  const { network } = system
  if (network === undefined) return undefined
  return Math.max(1, network.adaptersPerDevice * devices) * network.bandwidthPerDirectionBytesPerS
}

/**
 * The nodes of a group whose ranks fill one node after the other.
 * @throws PerfModelError `invalid_dimension` when there are several and the system describes no network
 */
export function nodeGroup(
  op: string,
  devices: number,
  hardware: HardwareSpec,
  devicesPerNode?: number,
): NodeGroup {
  const { system, name } = hardware
  const node = devicesOfNode(hardware, devicesPerNode)
  const perNode = Math.min(devices, node)
  const nodes = Math.ceil(devices / perNode)
  const nodeBandwidth = adapterBandwidth(hardware, perNode)
  if (nodes > 1 && nodeBandwidth === undefined) {
    throw invalidDimension(
      op,
      'devices',
      `${devices} are more than the ${node} of ${name}, whose system.network is not described`,
    )
  }
  const { link, network } = system
  return {
    devices,
    nodes,
    perNode,
    linkBandwidth:
      link === undefined || perNode === 1
        ? Number.POSITIVE_INFINITY
        : link.countPerDevice * link.bandwidthPerDirectionBytesPerS,
    linkLatencyS: link?.latencyS ?? 0,
    nodeBandwidth: nodeBandwidth ?? Number.POSITIVE_INFINITY,
    networkLatencyS: network?.latencyS ?? link?.latencyS ?? 0,
    switchReduces: network?.switchReduces === true,
  }
}
