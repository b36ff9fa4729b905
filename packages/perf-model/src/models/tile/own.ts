// The tile model with LLMCompass' flaws mended. What differs, and why, is listed in docs/perf-model.md:
// arrays at the listed peak of the type, each operand in its own bytes, utilisation applied the right
// way, L1 tiles that need not be square, tiles clipped to the product before they are fitted, batches
// and groups spread over the cores, L2 that may hold the operands already, and the shortest time of any
// kernel on top.
import {
  dtypeBytes,
  type HardwareSpec,
  type OpCall,
  type OpCallOf,
  outputDtype,
  touchedExperts,
} from '@flowsim/trace-schema'
import { PerfModelError } from '../../errors.js'
import { servingLevel } from '../memory-time.js'
import { computeDtype } from '../throughput.js'
import { ownMachine, type ProductTypes, requireTile } from './machine.js'
import { type MatmulMapping, ownSearchSpace } from './mapping.js'
import { geluLatency, layernormLatency, softmaxLatency } from './pointwise.js'
import { searchMapping } from './search.js'

/** Seconds on the device, without the kernel floor, and the layout if one was searched. */
export interface OwnAnswer {
  busyS: number
  mapping?: MatmulMapping
  notes: string[]
}

type Gemm = OpCallOf<'matmul' | 'bmm' | 'grouped_gemm' | 'moe'>

/** Whether our own mode lays an operation out; the others get their roofline. */
export function hasTiles(call: OpCall, hardware: HardwareSpec): boolean {
  if (hardware.device.tile === undefined) return false
  switch (call.op) {
    case 'matmul':
    case 'bmm':
    case 'grouped_gemm':
    case 'moe':
    case 'softmax':
    case 'layernorm':
    case 'gelu':
      return true
    default:
      return false
  }
}

/** Time of an operation that {@link hasTiles}; undefined where no layout fits into the memories. */
export function ownAnswer(
  call: OpCall,
  hardware: HardwareSpec,
  footprintBytes: number,
  l2: 'warm' | 'cold',
): OwnAnswer | undefined {
  const warm = servingLevel(hardware, footprintBytes, l2).name !== 'dram'
  switch (call.op) {
    case 'matmul':
      return product(call, hardware, 1, call.m, call.n, call.k, warm)
    case 'bmm':
      return product(call, hardware, call.batch, call.m, call.n, call.k, warm)
    case 'grouped_gemm': {
      const topk = call.topk ?? 1
      const groups = Math.max(
        1,
        Math.round(call.activeGroups ?? touchedExperts(call.m / topk, topk, call.groups)),
      )
      return product(call, hardware, groups, Math.ceil(call.m / groups), call.n, call.k, warm)
    }
    case 'moe':
      return moe(call, hardware, warm)
    case 'softmax':
    case 'layernorm':
    case 'gelu':
      return rowwise(call, hardware, warm)
    default:
      return undefined
  }
}

/** The three products of an expert, gate and up as one, over the experts that get a row. */
function moe(call: OpCallOf<'moe'>, hardware: HardwareSpec, warm: boolean): OwnAnswer | undefined {
  const parallel = call.expertParallel ?? 1
  const rows = (call.tokens * call.topk) / parallel
  const touched = touchedExperts(call.tokens, call.topk, call.experts) / parallel
  const experts = Math.max(1, Math.round(touched))
  const inter = Math.ceil(call.inter / (call.tensorParallel ?? 1))
  const m = Math.ceil(rows / experts)
  const up = product(call, hardware, experts, m, 2 * inter, call.hidden, warm)
  const down = product(call, hardware, experts, m, call.hidden, inter, warm)
  if (up === undefined || down === undefined) return undefined
  return { busyS: up.busyS + down.busyS, notes: up.notes }
}

/**
 * A batch of equal products: 1, 2, 4, … of them at a time, each on its share of the cores, caches and
 * bandwidths, whichever is fastest.
 */
function product(
  call: Gemm,
  hardware: HardwareSpec,
  batch: number,
  m: number,
  n: number,
  k: number,
  warm: boolean,
): OwnAnswer | undefined {
  if (batch * m * n * k === 0) return { busyS: 0, notes: [] }
  const types: ProductTypes = {
    compute: computeDtype(call),
    left: call.dtype,
    right: call.weightDtype ?? call.dtype,
    result: outputDtype(call),
  }
  const { cores, clockHz } = requireTile(hardware)
  let best: OwnAnswer | undefined
  for (let share = 1; share <= cores && share < 2 * batch; share *= 2) {
    const machine = ownMachine(hardware, call.op, types, share, warm)
    const { cycles, mapping } = searchMapping(m, n, k, ownSearchSpace(m, n, k, machine), machine)
    if (mapping === undefined) continue
    const busyS = (Math.ceil(batch / share) * cycles) / clockHz
    if (best !== undefined && busyS >= best.busyS) continue
    const notes = share === 1 ? [] : [`${share} of ${batch} products at a time`]
    best = { busyS, mapping, notes }
  }
  return best
}

function rowwise(
  call: OpCallOf<'softmax' | 'layernorm' | 'gelu'>,
  hardware: HardwareSpec,
  warm: boolean,
): OwnAnswer | undefined {
  const described = requireTile(hardware)
  const elementBytes = Math.max(dtypeBytes(call.dtype), dtypeBytes(outputDtype(call)))
  const tile = {
    ...described,
    dramBytesPerS: warm ? null : described.dramBytesPerS,
    vector: { ...described.vector, elementBytes },
  }
  if (call.op === 'gelu') {
    return { busyS: call.elements === 0 ? 0 : geluLatency(call.elements, tile), notes: [] }
  }
  if (call.rows * call.cols === 0) return { busyS: 0, notes: [] }
  try {
    const { latencyS } =
      call.op === 'softmax'
        ? softmaxLatency(call.rows, call.cols, tile)
        : layernormLatency(call.rows, call.cols, tile, false)
    return { busyS: latencyS, notes: [] }
  } catch (error) {
    if (error instanceof PerfModelError && error.code === 'invalid_dimension') return undefined
    throw error
  }
}
