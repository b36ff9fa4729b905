// Collectives that an engine runs with kernels that are not the library's, such as the all-reduce of vLLM and SGLang
// over peers' memory. A profiler records no message with them; their operation tells it.
import {
  type CollectiveCall,
  isCollective,
  type KernelCollective,
  type KernelEvent,
  type KernelOperation,
  type KernelTrace,
} from '@flowsim/trace-schema'

/** The trace with the messages of these kernels, where operations tell their size. */
export function withOwnCollectives(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
): KernelTrace {
  const kernels = trace.kernels.map((kernel, i): KernelEvent => {
    const call = operations[i]?.call
    if (kernel.collective?.inElements !== undefined || call === undefined) return kernel
    if (!isCollective(call) || call.op === 'barrier') return kernel
    const collective = { ...messageOf(call, trace), ...kernel.collective }
    return { ...kernel, kind: 'collective', collective }
  })
  return { ...trace, kernels }
}

function messageOf(
  call: Exclude<CollectiveCall, { op: 'barrier' }>,
  { processGroups }: KernelTrace,
): KernelCollective {
  const { op: kind, devices, dtype, elements } = call
  const inElements = kind === 'all_gather' ? Math.ceil(elements / devices) : elements
  // Which group it is, is known where one alone has so many ranks.
  const [group, another] = processGroups.filter(({ size }) => size === devices)
  const isKnown = group !== undefined && another === undefined
  return {
    kind,
    dtype,
    inElements,
    groupSize: devices,
    ...(isKnown ? { groupName: group.name, ranks: group.ranks } : {}),
  }
}
