// Collectives and copies: elements by the conventions of OpCall (all ranks together for gather and
// scatter), devices from the group, the kernel's name or the job.
import type { CollectiveKind, OpCall } from '@flowsim/trace-schema'
import {
  type DimensionContext,
  type Dimensions,
  dtypeIn,
  elementsOf,
  isCount,
  NO_DTYPE,
  NO_SHAPES,
  oneOf,
  optional,
} from './context.js'

type Collective = Extract<OpCall, { devices: number; elements: number }>

const OPS: Partial<Record<CollectiveKind, Collective['op']>> = {
  all_reduce: 'all_reduce',
  all_gather: 'all_gather',
  reduce_scatter: 'reduce_scatter',
  all_to_all: 'all_to_all',
  broadcast: 'broadcast',
  reduce: 'reduce_scatter',
  gather: 'all_gather',
  scatter: 'broadcast',
  send: 'send',
  recv: 'recv',
}

/** A kind of collective as an operation; `undefined` for barriers and unknown kinds. */
export function collectiveOp(
  kind: CollectiveKind | undefined,
): Collective['op'] | 'barrier' | undefined {
  return kind === 'barrier' ? 'barrier' : kind === undefined ? undefined : OPS[kind]
}

/**
 * Algorithms by words of a kernel's or operator's name. Symmetric kernels of NCCL say what they do: LD and
 * ST reach the peers, MC the switch, RS and AG are the two halves of an all-reduce.
 * Source: NCCL, src/device/symmetric.
 */
const ALGORITHMS: [RegExp, string][] = [
  [/multimem|LDMC|STMC|LLMC/i, 'multimem'],
  [/NVLS/i, 'nvls'],
  [/1stage|one_?shot|AGxLL_R/i, 'one_shot'],
  [/2stage|two_?shot|RSxLD_AGxST/i, 'two_shot'],
  [/_RING|ring_/i, 'ring'],
  [/_TREE|tree_/i, 'tree'],
]

function algorithmOf({ name, event }: DimensionContext): string | undefined {
  for (const text of [name, event.op?.name ?? '']) {
    const found = ALGORITHMS.find(([pattern]) => pattern.test(text))
    if (found !== undefined) return found[1]
  }
  return undefined
}

/**
 * Ranks of a collective: those of its group, then how often the operator's input goes into its output where
 * one gathers or scatters, then what the name says, then those of the job.
 */
function ranksOf(context: DimensionContext, op: Collective['op'] | 'barrier'): number | undefined {
  const { event, args, groups, surroundings } = context
  const group = event.collective?.groupName ?? args.text('group_name')
  return (
    event.collective?.groupSize ??
    (group === undefined ? undefined : surroundings.groupSizes?.get(group)) ??
    ranksByTensors(context, op) ??
    (Number(groups.devices ?? 0) || surroundings.worldSize)
  )
}

function ranksByTensors(
  { args }: DimensionContext,
  op: Collective['op'] | 'barrier',
): number | undefined {
  if (op !== 'all_gather' && op !== 'reduce_scatter') return undefined
  const [input, out] = [args.tensor('input'), args.tensor('out')]
  if (input === undefined || out === undefined) return undefined
  const [sent, received] = [elementsOf(input), elementsOf(out)]
  const ranks = op === 'all_gather' ? received / sent : sent / received
  return Number.isSafeInteger(ranks) && ranks > 1 ? ranks : undefined
}

/** A collective of NCCL, RCCL or an engine's own kernels. */
export function collective(context: DimensionContext): Dimensions {
  const { event, args, groups } = context
  const known = event.collective
  const recorded = collectiveOp(known?.kind)
  const op = recorded ?? (context.op as Collective['op'] | 'barrier')
  const devices = ranksOf(context, op)
  const input = args.tensor('input', 'inp', 'x', 'tensor')
  const dtype = known?.dtype ?? input?.dtype ?? dtypeIn(groups.dtype)
  if (recorded === undefined && context.parameters.kind === 'unknown') {
    return 'the kind of the collective is not in the trace'
  }
  if (!isCount(devices)) return 'the number of ranks is not in the trace'
  if (op === 'barrier') return { op, devices }
  const elements = elementsIn(op, context, devices)
  if (elements === undefined) return NO_SHAPES
  if (dtype === undefined) return NO_DTYPE
  return oneOf({ op, elements, devices, dtype, ...optional('algorithm', algorithmOf(context)) })
}

function elementsIn(
  op: Collective['op'],
  { event, args }: DimensionContext,
  devices: number,
): number | undefined {
  const { inElements, outElements } = event.collective ?? {}
  const input = args.tensor('input', 'inp', 'x', 'tensor')
  const own = input === undefined ? undefined : elementsOf(input)
  switch (op) {
    case 'all_gather':
      return outElements ?? times(inElements ?? own, devices)
    case 'reduce_scatter':
      return inElements ?? times(outElements, devices) ?? own
    default:
      return inElements ?? outElements ?? own
  }
}

function times(count: number | undefined, factor: number): number | undefined {
  return count === undefined ? undefined : count * factor
}

const DIRECTIONS: [RegExp, Extract<OpCall, { op: 'memcpy' }>['direction']][] = [
  [/HtoD|H2D|Host *(?:->|To) *Device|CopyHostToDevice/i, 'host_to_device'],
  [/DtoH|D2H|Device *(?:->|To) *Host|CopyDeviceToHost/i, 'device_to_host'],
  [/PtoP|P2P|Peer/i, 'peer_to_peer'],
  [/DtoD|D2D|Device *(?:->|To) *Device|CopyDeviceToDevice/i, 'device_to_device'],
  [/HtoH/i, 'host_to_host'],
]

/** A copy by the copy engine or a driver's kernel. */
export function memcpy({ event }: DimensionContext): Dimensions {
  if (event.bytes === undefined) return 'the number of bytes is not in the trace'
  const direction = DIRECTIONS.find(([pattern]) => pattern.test(event.name))?.[1] ?? 'unknown'
  return { op: 'memcpy', bytes: event.bytes, direction }
}

/** A fill by the driver. */
export function memset({ event }: DimensionContext): Dimensions {
  if (event.bytes === undefined) return 'the number of bytes is not in the trace'
  return { op: 'memset', bytes: event.bytes }
}
