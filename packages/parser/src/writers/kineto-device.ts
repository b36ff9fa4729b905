// The device's side of a written trace: kernels, copies and fills, their launches and the flows between.
import type { KernelCollective, KernelEvent } from '@flowsim/trace-schema'
import type { GraphOperator } from './graph-kernels.js'
import { flow, membersOf, slice } from './kineto-event.js'
import type { Launches } from './kineto-launches.js'
import { KINETO_TYPES } from './kineto-types.js'

/** Launches, kernels and the flows between them. */
export function* activities(
  launches: Launches,
  operators: ReadonlyMap<KernelEvent, GraphOperator>,
): Generator<string> {
  const { kernels, count, ofKernel } = launches
  const correlations = new Float64Array(count)
  let next = 1 + kernels.reduce((highest, each) => Math.max(highest, each.correlation ?? 0), 0)
  for (let i = 0; i < count; i++) {
    const { launch, correlation = next++ } = launches.first(i)
    const { api, pid, tid, startNs, durationNs } = launch!
    correlations[i] = correlation
    const args = `"correlation":${correlation}`
    yield slice('cuda_runtime', api, pid, tid, startNs, durationNs, args)
    yield flow('s', correlation, pid, tid, startNs)
  }
  for (let k = 0; k < kernels.length; k++) {
    const kernel = kernels[k]!
    const launch = ofKernel[k]!
    const correlation = launch < 0 ? kernel.correlation : correlations[launch]!
    yield slice(
      CATEGORIES[kernel.kind],
      kernel.name,
      kernel.device,
      kernel.stream,
      kernel.startNs,
      kernel.durationNs,
      activityMembers(kernel, correlation, operators.get(kernel)?.externalId),
    )
    if (launch >= 0) {
      yield flow('f', correlation!, kernel.device, kernel.stream, kernel.startNs, ',"bp":"e"')
    }
  }
}

const CATEGORIES = {
  kernel: 'kernel',
  collective: 'kernel',
  memcpy: 'gpu_memcpy',
  memset: 'gpu_memset',
} as const

function activityMembers(
  kernel: KernelEvent,
  correlation: number | undefined,
  externalId: number | undefined,
): string {
  const { device, stream, grid, block, collective } = kernel
  let members = `"device":${device},"stream":${stream}`
  members += number('correlation', correlation)
  members += number('External id', externalId)
  members += number('graph node id', kernel.graphNodeId)
  members += number('registers per thread', kernel.registersPerThread)
  members += number('shared memory', kernel.sharedMemoryBytes)
  if (grid !== undefined) members += `,"grid":[${grid[0]},${grid[1]},${grid[2]}]`
  if (block !== undefined) members += `,"block":[${block[0]},${block[1]},${block[2]}]`
  members += number('bytes', kernel.bytes)
  if (collective !== undefined) members += `,${collectiveMembers(collective)}`
  return members
}

function number(name: string, value: number | undefined): string {
  return value === undefined ? '' : `,"${name}":${value}`
}

function collectiveMembers(collective: KernelCollective): string {
  const { dtype, ranks } = collective
  return membersOf({
    'Collective name': COLLECTIVE_NAMES[collective.kind] ?? collective.kind,
    'In msg nelems': collective.inElements,
    'Out msg nelems': collective.outElements,
    'Group size': collective.groupSize,
    dtype: dtype === undefined ? undefined : KINETO_TYPES[dtype].replace('c10::', ''),
    'Process Group Name': collective.groupName,
    'Process Group Ranks': ranks === undefined ? undefined : JSON.stringify(ranks),
    Seq: collective.sequence,
  })
}

/** c10d's names. */
const COLLECTIVE_NAMES: Partial<Record<string, string>> = {
  all_reduce: 'allreduce',
  all_gather: '_allgather_base',
  reduce_scatter: '_reduce_scatter_base',
  all_to_all: 'all_to_all',
}
