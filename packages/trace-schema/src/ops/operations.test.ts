import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OP_FAMILIES } from '../op-family.js'
import { anyCall, anyValue } from '../testing/any-call.js'
import { opCallSchema } from '../zod/op-call.js'
import { callFault } from './call-fault.js'
import { describeCall, isCollective, OP_NAMES, OPERATIONS, type OpCall, opWork } from './index.js'

describe.each(OP_NAMES)('%s', (op) => {
  const { example, family, fields, title, usual } = OPERATIONS[op]
  const call = example as OpCall

  it('has an example that its schema takes as it is', () => {
    expect(opCallSchema.parse(call)).toEqual(call)
    expect(call.op).toBe(op)
  })

  it('has words, a family and a label', () => {
    expect(title).toMatch(/^\S.*[^.]$/)
    expect(OP_FAMILIES).toContain(family)
    expect(describeCall(call)).toMatch(/\S/)
  })

  it('leaves out only fields that it has', () => {
    for (const name of Object.keys(usual ?? {})) expect(fields).toHaveProperty(name)
  })

  it('does finite work that is not negative', () => {
    fc.assert(
      fc.property(anyCall([op]), (any) => {
        for (const amount of Object.values(opWork(any))) {
          expect(amount).toBeGreaterThanOrEqual(0)
          expect(amount).toBeLessThan(Infinity)
        }
      }),
    )
  })

  it('crosses links if it is communication, and only then', () => {
    if (!isCollective(call)) expect(opWork(call).networkBytes).toBe(0)
    else if (op !== 'barrier') expect(opWork(call).networkBytes).toBeGreaterThan(0)
  })
})

describe('callFault', () => {
  it('finds a fault where the schema finds one, and none where it finds none', () => {
    fc.assert(
      fc.property(
        anyCall(),
        fc.nat(),
        fc.option(anyValue, { nil: undefined }),
        (call, pick, value) => {
          const names = Object.keys(OPERATIONS[call.op].fields)
          const wrong = { ...call, [names[pick % names.length]!]: value }
          expect(callFault(wrong) === undefined, JSON.stringify(wrong)).toBe(
            opCallSchema.safeParse(wrong).success,
          )
        },
      ),
      { numRuns: 2000 },
    )
  })

  it.each([
    [{ op: 'warp_drive' }, 'op', 'op'],
    [{ op: '__proto__' }, 'op', 'op'],
    [{ ...OPERATIONS.matmul.example, m: -1 }, 'dimension', 'm'],
    [{ ...OPERATIONS.matmul.example, dtype: 'float99' }, 'dtype', 'dtype'],
    [{ ...OPERATIONS.conv.example, kernelSize: [3, 0] }, 'dimension', 'kernelSize[1]'],
    [{ ...OPERATIONS.attention.example, phase: 'both' }, 'dimension', 'phase'],
    [{ ...OPERATIONS.attention.example, causal: undefined }, 'dimension', 'causal'],
    [{ ...OPERATIONS.reduce.example, function: 3 }, 'dimension', 'function'],
    [{ ...OPERATIONS.moe.example, topk: 9 }, 'dimension', 'topk'],
    [{ ...OPERATIONS.attention.example, kvHeads: 33 }, 'dimension', 'kvHeads'],
    [{ ...OPERATIONS.topk.example, cols: 8, k: 9 }, 'dimension', 'k'],
  ])('%j: names kind and field', (call, kind, path) => {
    expect(callFault(call as OpCall)).toMatchObject({ kind, path })
  })
})
