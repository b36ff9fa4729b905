import { describe, expect, it } from 'vitest'
import { kernel } from '../../fixtures/hand-made.js'
import { classify } from '../classify/classify.js'
import { kernelDatabase } from '../rules/database.js'
import { matchReference, readReferenceDatabase, referenceDatabase } from './reference.js'

const [mm] = referenceDatabase.filter(({ op }) => op === 'matmul')

describe('the database of the reference', () => {
  it('has its 167 entries', () => {
    expect(referenceDatabase).toHaveLength(167)
    expect(referenceDatabase.filter(({ op }) => op === 'TBD')).toHaveLength(47)
  })

  it('is asked by name, then by implementation, but not by that of a launcher', () => {
    const { name, implementation, op } = referenceDatabase.find(
      (entry) => entry.op === 'copy_' && !entry.implementation.includes('cuLaunchKernelEx'),
    )!
    expect(matchReference(name, 'anything', 1)?.op).toBe(op)
    expect(matchReference('no such kernel', implementation, 1)).toBeDefined()
    expect(matchReference('no such kernel', 'no such implementation', 1)).toBeUndefined()
    expect(matchReference('no such kernel', 'cuLaunchKernelEx', 1)).toBeUndefined()
  })

  it('gives a product of two recorded tensors the roles of A and B', () => {
    expect(matchReference(mm!.name, '', 2)).toMatchObject({
      operation: 'C = A @ B',
      roles: ['input', 'input'],
      descriptions: ['A', 'B'],
    })
  })

  it('reads a kernels.json of the reference; what it leaves open stays with the built-in rules', () => {
    const database = readReferenceDatabase([
      {
        kernel_name: 'acme_mm',
        op_mapping: 'matmul',
        params: [{ role: 'input', description: 'A' }],
      },
      { kernel_name: 'acme_tbd', op_mapping: 'TBD' },
    ])
    expect(database.kernels).toEqual([
      { kernel: 'acme_mm', op: 'matmul', tensors: [{ name: 'A', role: 'input' }] },
    ])
    expect(classify(kernel('acme_mm'), { database: kernelDatabase(database) }).op).toBe('matmul')
  })

  it('refuses other lists, and operations that the reference does not have', () => {
    expect(() => readReferenceDatabase([{ name: 'x' }], { source: 'k.json' })).toThrow(
      /k\.json: \[0\]/,
    )
    expect(() =>
      readReferenceDatabase([{ kernel_name: 'x', op_mapping: 'magic' }], { source: 'k.json' }),
    ).toThrow(/k\.json: \[0\]\.op_mapping: "magic" is not an operation of the reference/)
  })
})
