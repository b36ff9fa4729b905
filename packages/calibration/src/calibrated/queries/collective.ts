// Communication between devices.
import type { EstimateOptions } from '@flowsim/perf-model'
import { devicesOfNode } from '@flowsim/perf-model/parts'
import { type CollectiveCall, dtypeBytes, type HardwareSpec } from '@flowsim/trace-schema'
import type { CollectiveQuery, ReduceAlgorithm } from '../families/collective.js'
import list from './kinds.json' with { type: 'json' }
import type { Resolved } from './resolved.js'

const OPS: Record<CollectiveCall['op'], CollectiveQuery['op']> = {
  all_reduce: 'all_reduce',
  all_gather: 'all_gather',
  reduce_scatter: 'reduce_scatter',
  all_to_all: 'all_to_all',
  broadcast: 'broadcast',
  send: 'send',
  recv: 'send',
  barrier: 'all_reduce',
}

/** All-reduces that read their peers' memory, as serving engines bring them along. */
const PEER_READS: ReadonlySet<ReduceAlgorithm> = new Set(['custom', 'one_shot', 'two_shot'])

/** The algorithm of an all-reduce by the name that a trace or user gives it. */
function algorithmOf(name = ''): ReduceAlgorithm {
  const text = name.toLowerCase()
  if (/nvls|multimem/.test(text)) return 'nvls'
  if (/one.?(shot|stage)|1.?(shot|stage)/.test(text)) return 'one_shot'
  if (/two.?(shot|stage)|2.?(shot|stage)/.test(text)) return 'two_shot'
  if (text.includes('tree')) return 'tree'
  return text === 'custom' ? 'custom' : 'default'
}

/** `devicesPerNode` is 0 where nobody says it. */
export function collectiveQuery(
  call: CollectiveCall,
  { devicesPerNode = 0 }: EstimateOptions,
): Resolved {
  const elementBytes = call.dtype === undefined ? 4 : dtypeBytes(call.dtype)
  const algorithm = call.op === 'all_reduce' ? algorithmOf(call.algorithm) : 'default'
  return {
    family: 'collective',
    kinds: PEER_READS.has(algorithm) ? list.collective.peerReads : list.collective.library,
    query: {
      op: OPS[call.op],
      algorithm,
      bytes: call.op === 'barrier' ? elementBytes : call.elements * elementBytes,
      devices: call.devices,
      devicesPerNode,
      elementBytes,
    },
  }
}

/** Most devices of one node that collectives were measured on. */
const MEASURED_DEVICES = 8

/** Devices of one host, as rows name them. */
export function hostDevices({ system }: HardwareSpec): number {
  return system.devicesPerHost ?? system.devices
}

/** Most devices of a node that rows speak about; a collective of more goes beyond: to several nodes, or through a rack. */
export function measuredDevices(
  hardware: HardwareSpec,
  { devicesPerNode }: EstimateOptions,
): number {
  return Math.min(MEASURED_DEVICES, devicesOfNode(hardware, devicesPerNode))
}
