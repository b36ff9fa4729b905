// The device's side of a written trace: kernels, copies and fills, their launches and the flows between.
import type { KernelCollective, KernelEvent } from '@flowsim/trace-schema'
import type { GraphOperator } from './graph-kernels.js'
import { flow, membersOf, slice } from './kineto-event.js'
import type { Launch } from './kineto-launches.js'
import { KINETO_TYPES } from './kineto-types.js'

/** Launches, kernels and the flows between them. */
export function* activities(
  kernels: readonly KernelEvent[],
  launches: readonly Launch[],
  operators: ReadonlyMap<KernelEvent, GraphOperator>,
): Generator<string> {
  const numbers = new Map<KernelEvent, number>()
  let next = 1 + kernels.reduce((highest, each) => Math.max(highest, each.correlation ?? 0), 0)
  for (const launch of launches) {
    const { launch: call, correlation = next++ } = launch.kernels[0]!
    for (const kernel of launch.kernels) numbers.set(kernel, correlation)
    yield slice(
      'cuda_runtime',
      call!.api,
      launch.pid,
      launch.tid,
      call!.startNs,
      call!.durationNs,
      `"correlation":${correlation}`,
    )
    yield flow('s', correlation, launch.pid, launch.tid, call!.startNs)
  }
  for (const kernel of kernels) {
    const correlation = numbers.get(kernel) ?? kernel.correlation
    yield slice(
      CATEGORIES[kernel.kind],
      kernel.name,
      kernel.device,
      kernel.stream,
      kernel.startNs,
      kernel.durationNs,
      activityMembers(kernel, correlation, operators.get(kernel)?.externalId),
    )
    if (numbers.has(kernel)) {
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
  return [
    `"device":${device},"stream":${stream}`,
    number('correlation', correlation),
    number('External id', externalId),
    number('graph node id', kernel.graphNodeId),
    number('registers per thread', kernel.registersPerThread),
    number('shared memory', kernel.sharedMemoryBytes),
    grid === undefined ? '' : `,"grid":[${grid.join(',')}]`,
    block === undefined ? '' : `,"block":[${block.join(',')}]`,
    number('bytes', kernel.bytes),
    collective === undefined ? '' : `,${collectiveMembers(collective)}`,
  ].join('')
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
