// LLMCompass' answer to one operation, kept as it is with its flaws: no launch overhead, matmuls in the
// word size of their type, everything else in that of the vector unit, batches one after another, and
// for all-reduce the devices of the system rather than those of the call.
import type { Dtype, HardwareSpec, OpCall } from '@flowsim/trace-schema'
import { PerfModelError } from '../../errors.js'
import { allReduceLatency } from './all-reduce.js'
import { requireTile } from './machine.js'
import { MATMUL_MODES, type MatmulMapping, type MatmulMode } from './mapping.js'
import { bmmLatency, matmulLatency, matmulRoofline, type TileLatency } from './matmul.js'
import {
  geluLatency,
  geluRoofline,
  layernormLatency,
  layernormRoofline,
  type RowMapping,
  softmaxLatency,
  softmaxRoofline,
} from './pointwise.js'
import { NOTHING_FITS } from './search.js'

/** LLMCompass' modes: how it searches layouts, or its roofline. */
export const LLMCOMPASS_MODES = [...MATMUL_MODES, 'roofline'] as const

/** One of {@link LLMCOMPASS_MODES}. */
export type LlmcompassMode = (typeof LLMCOMPASS_MODES)[number]

/** What LLMCompass answers. */
export interface LlmcompassAnswer {
  latencyS: number
  /** The layout, as LLMCompass' parameters. */
  mapping?: MatmulMapping | RowMapping
  notes: string[]
}

/** Word sizes of the types that LLMCompass has; its service takes bf16 as fp16. */
const WORD_BYTES: Partial<Record<Dtype, number>> = { int8: 1, fp16: 2, bf16: 2, fp32: 4 }

/**
 * LLMCompass' answer.
 * @throws PerfModelError `unsupported_op` for operations and modes that it lacks, `unsupported_dtype`,
 *   `invalid_dimension` where it divides by zero or asserts
 */
export function llmcompassAnswer(
  call: OpCall,
  hardware: HardwareSpec,
  mode: LlmcompassMode,
): LlmcompassAnswer {
  switch (call.op) {
    case 'matmul': {
      const { m, n, k } = positive(call, ['m', 'n', 'k'])
      const tile = requireTile(hardware)
      const word = wordBytes(call.op, call.dtype)
      if (mode === 'roofline') return plain(matmulRoofline(m, n, k, tile))
      requireRoom(call.op, mode, m, n, k, tile.l2Bytes, word)
      return searched(matmulLatency(mode, m, n, k, tile, word), tile.clockHz)
    }
    case 'bmm': {
      const { batch, m, n, k } = positive(call, ['batch', 'm', 'n', 'k'])
      const tile = requireTile(hardware)
      if (call.dtype !== 'fp16' && call.dtype !== 'bf16') {
        throw unsupportedDtype(call.op, call.dtype, 'fp16')
      }
      if (mode === 'roofline') return plain(batch * matmulRoofline(m, n, k, tile))
      requireRoom(call.op, mode, m, n, k * batch, tile.l2Bytes, 2)
      return searched(bmmLatency(mode, batch, m, n, k, tile, 2), tile.clockHz)
    }
    case 'softmax': {
      const { rows, cols } = positive(call, ['rows', 'cols'])
      const tile = requireTile(hardware)
      if (mode === 'roofline') {
        return plain(softmaxRoofline(rows, cols, tile, wordBytes(call.op, call.dtype)))
      }
      return { ...softmaxLatency(rows, cols, tile), notes: [] }
    }
    case 'layernorm': {
      const { rows, cols } = positive(call, ['rows', 'cols'])
      const tile = requireTile(hardware)
      if (mode === 'roofline') {
        return plain(layernormRoofline(rows, cols, tile, wordBytes(call.op, call.dtype)))
      }
      if (mode === 'heuristic-TPU-new' || mode === 'exhaustive') {
        const other = mode === 'exhaustive' ? 'heuristic-GPU' : 'heuristic-TPU'
        throw new PerfModelError(
          'unsupported_op',
          `layernorm: LLMCompass has no layernorm under ${mode}; use ${other}`,
          'mode',
        )
      }
      return { ...layernormLatency(rows, cols, tile, mode === 'heuristic-TPU'), notes: [] }
    }
    case 'gelu': {
      const { elements } = positive(call, ['elements'])
      const tile = requireTile(hardware)
      return plain(mode === 'roofline' ? geluRoofline(elements, tile) : geluLatency(elements, tile))
    }
    case 'all_reduce': {
      const bytes = call.elements * wordBytes(call.op, call.dtype)
      const { devices } = hardware.system
      const notes =
        call.devices === devices
          ? []
          : [`LLMCompass reduces over the ${devices} devices of the system, not ${call.devices}`]
      return { latencyS: allReduceLatency(bytes, hardware), notes }
    }
    default:
      throw new PerfModelError(
        'unsupported_op',
        `op: LLMCompass has no ${call.op}, only matmul, bmm, softmax, layernorm, gelu and all_reduce; leave out the mode for our own`,
        'op',
      )
  }
}

function plain(latencyS: number): LlmcompassAnswer {
  return { latencyS, notes: [] }
}

function searched(answer: TileLatency, clockHz: number): LlmcompassAnswer {
  const nothing = answer.mapping === undefined && answer.latencyS >= NOTHING_FITS / clockHz
  return { ...answer, notes: nothing ? ['no layout fits; LLMCompass answers 2^63 - 1 cycles'] : [] }
}

/** The named dimensions, which LLMCompass needs to be at least 1. */
function positive<Call extends OpCall, Key extends keyof Call & string>(
  call: Call,
  keys: readonly Key[],
): Record<Key, number> {
  for (const key of keys) {
    if (call[key] === 0) {
      throw new PerfModelError(
        'invalid_dimension',
        `${call.op}.${key}: 0, LLMCompass needs at least 1`,
        key,
      )
    }
  }
  return call as Record<Key, number>
}

function wordBytes(op: string, dtype: Dtype): number {
  const bytes = WORD_BYTES[dtype]
  if (bytes === undefined) throw unsupportedDtype(op, dtype, 'int8, fp16, bf16 (as fp16) and fp32')
  return bytes
}

function unsupportedDtype(op: string, dtype: Dtype, known: string): PerfModelError {
  return new PerfModelError(
    'unsupported_dtype',
    `${op}.dtype: LLMCompass does not compute ${dtype}, only ${known}; leave out the mode for our own`,
    'dtype',
  )
}

/** The TPU modes keep the whole product in half of the L2, and LLMCompass asserts that it fits. */
function requireRoom(
  op: string,
  mode: MatmulMode,
  m: number,
  n: number,
  k: number,
  l2Bytes: number,
  word: number,
): void {
  if (mode !== 'heuristic-TPU' && mode !== 'heuristic-TPU-new') return
  const elements = m * k + n * k + m * n
  const room = Math.floor(Math.floor(l2Bytes / word) / 2)
  if (elements > room) {
    throw new PerfModelError(
      'invalid_dimension',
      `${op}.m: the ${elements} elements of the product do not fit into half of the L2 (${room}), as ${mode} needs`,
      'm',
    )
  }
}
