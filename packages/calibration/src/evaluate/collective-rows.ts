// Rows of collectives.
import type { Dtype, OpCall } from '@flowsim/trace-schema'
import { count, optional, type Read, type Row, sourceOf, text, wrong } from './columns.js'
import { floating } from './element-types.js'

const COLLECTIVES: Record<
  string,
  'all_reduce' | 'all_gather' | 'reduce_scatter' | 'all_to_all' | 'broadcast' | 'send'
> = {
  all_reduce: 'all_reduce',
  allreduce: 'all_reduce',
  all_gather: 'all_gather',
  reduce_scatter: 'reduce_scatter',
  alltoall: 'all_to_all',
  all_to_all: 'all_to_all',
  broadcast: 'broadcast',
  send_recv: 'send',
  send: 'send',
}

/** All-reduces of serving engines read their peers' memory, in one shot or two. */
export function ofPeers({ call, options }: Read): Read {
  return { call: call.op === 'all_reduce' ? { ...call, algorithm: 'custom' } : call, options }
}

/** A collective; `by` measured it where the row does not say. */
export function communication(row: Row, by?: string): Read {
  const name = text(row, 'op')
  const op = COLLECTIVES[name]
  if (op === undefined)
    throw wrong('op', `"${name}" is not one of ${Object.keys(COLLECTIVES).join(', ')}`)
  // Files of one element type do not name it.
  const type = optional(row, 'dtype') ?? 'bfloat16'
  const dtype: Dtype = type === 'int8' ? 'int8' : floating({ ...row, dtype: type }, 'dtype')
  const bytes = count(row, 'message_bytes')
  const perNode = optional(row, 'devices_per_node')
  return {
    call: {
      op,
      elements: Math.max(1, Math.round(bytes / (dtype === 'int8' ? 1 : dtype === 'fp32' ? 4 : 2))),
      devices: count(row, 'num_gpus', 'devices'),
      dtype,
    } as OpCall,
    options: {
      ...sourceOf([
        optional(row, 'framework') ?? optional(row, 'source') ?? by,
        optional(row, 'kernel_source') ?? optional(row, 'topology'),
      ]),
      ...(perNode !== undefined && { devicesPerNode: Number(perNode) }),
    },
  }
}
