import type { OpCall } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstDtype, operationOf, TaskFault } from './read-operation.js'
import { originalOperation, type TaskOperation, taskOperation } from './write-operation.js'

const size = fc.integer({ min: 1, max: 4096 })
const dtype = fc.constantFrom('bf16', 'fp16', 'fp32', 'fp8_e4m3', 'int8')
const original: fc.Arbitrary<OpCall> = fc.oneof(
  fc.record({ op: fc.constant('matmul'), m: size, n: size, k: size, dtype }),
  fc.record({ op: fc.constant('bmm'), batch: size, m: size, n: size, k: size, dtype }),
  fc.record({ op: fc.constantFrom('softmax', 'layernorm'), rows: size, cols: size, dtype }),
  fc.record({ op: fc.constant('gelu'), elements: size, dtype }),
) as fc.Arbitrary<OpCall>

const readBack = ({ op, input_dim, dtype: name = 'fp32' }: TaskOperation) =>
  operationOf(op!, input_dim, firstDtype(name), 8)

describe('an operation', () => {
  it('comes back from the fields of a task as it was, in either form', () => {
    fc.assert(
      fc.property(original, (call) => {
        expect(readBack(taskOperation(call))).toEqual(call)
        expect(readBack(originalOperation(call)!)).toEqual(call)
      }),
    )
    const attention: OpCall = {
      op: 'attention',
      phase: 'decode',
      batch: 8,
      queryLen: 1,
      kvLen: 4096,
      heads: 32,
      kvHeads: 8,
      headDim: 128,
      causal: true,
      dtype: 'bf16',
    }
    expect(readBack(taskOperation(attention))).toEqual(attention)
    expect(originalOperation(attention)).toBeUndefined()
  })

  it('that the original has no element type for is not asked of it', () => {
    const call: OpCall = { op: 'gelu', elements: 5, dtype: 'fp4_e2m1' }
    expect(originalOperation(call)).toBeUndefined()
  })

  it('of collectives has the devices of the system', () => {
    expect(operationOf('all_reduce', [4, 8], 'bf16', 8)).toEqual({
      op: 'all_reduce',
      elements: 32,
      dtype: 'bf16',
      devices: 8,
    })
  })

  it('of one shape has the sizes that its fields ask for, and what people usually mean by the rest', () => {
    expect(operationOf('softmax', [2, 4, 8], 'bf16', 8)).toEqual({
      op: 'softmax',
      rows: 8,
      cols: 8,
      dtype: 'bf16',
    })
    expect(operationOf('silu_mul', [4, 8], 'bf16', 8)).toMatchObject({ rows: 4, cols: 4 })
    expect(operationOf('copy', [4, 8], 'bf16', 8)).toMatchObject({ elements: 32 })
    expect(operationOf('reduce', [4, 8], 'bf16', 8)).toMatchObject({ rows: 4, function: 'sum' })
  })

  it.each([
    ['barrier', [4, 8], 'INVALID_INPUT'],
    ['matmul', [[2, 3]], 'INVALID_INPUT'],
    [
      'matmul',
      [
        [2, 3],
        [4, 5],
      ],
      'INVALID_INPUT',
    ],
    [
      'bmm',
      [
        [2, 3],
        [3, 5],
      ],
      'INVALID_INPUT',
    ],
    [
      'bmm',
      [
        [2, 3, 4],
        [3, 4, 5],
      ],
      'INVALID_INPUT',
    ],
    ['silu_mul', [4, 7], 'INVALID_INPUT'],
    ['softmax', [], 'INVALID_INPUT'],
    ['softmax', [0, 4], 'INVALID_INPUT'],
    ['softmax', [2 ** 40, 2 ** 40], 'INVALID_INPUT'],
    ['attention', [4, 7], 'INVALID_INPUT'],
    ['attention', { phase: 'decode' }, 'INVALID_INPUT'],
    ['conv9d', [4, 7], 'UNSUPPORTED_OP'],
    ['conv9d', {}, 'UNSUPPORTED_OP'],
  ])('%s of %j is refused: %s', (op, input, code) => {
    let fault: unknown
    try {
      operationOf(op, input, 'bf16', 8)
    } catch (error) {
      fault = error
    }
    expect(fault).toBeInstanceOf(TaskFault)
    expect(fault).toMatchObject({ code })
  })
})
