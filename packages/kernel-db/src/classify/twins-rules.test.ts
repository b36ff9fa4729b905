// Which kernels are twins, and what is copied from one: neighbours, grids, durations and agreement.
import type { KernelEvent, KernelOperation } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, op, t } from '../../fixtures/hand-made.js'
import { copyFromTwins } from './twins.js'

const GRID = {
  grid: [2, 1, 1] as [number, number, number],
  block: [32, 1, 1] as [number, number, number],
}
const seen = (name: string, more: Partial<KernelEvent> = {}) =>
  kernel(name, op('a', t('4')), { ...GRID, ...more })
const lost = (name: string, more: Partial<KernelEvent> = {}) =>
  kernel(name, undefined, { ...GRID, ...more })

/** Operations of kernels: seen ones copy as many elements as `sizes` says for their names. */
function answers(
  kernels: KernelEvent[],
  of: (kernel: KernelEvent, i: number) => Partial<KernelOperation>,
) {
  const operations = kernels.map(
    (each, i): KernelOperation => ({
      op: 'copy',
      family: 'elementwise',
      tensors: [],
      rule: `rule of ${each.name}`,
      ...(each.op === undefined ? { missing: 'no shapes' } : {}),
      ...of(each, i),
    }),
  )
  return copyFromTwins(kernels, operations)
}
const copy = (elements: number) => ({
  call: { op: 'copy' as const, elements, dtype: 'bf16' as const },
})
/** Elements that each kernel has in the end, where those with an operator have `own`. */
const sizes = (kernels: KernelEvent[], own: (i: number) => number = () => 4) =>
  answers(kernels, ({ op }, i) => (op === undefined ? {} : copy(own(i)))).map(({ call }) =>
    call !== undefined && 'elements' in call ? call.elements : null,
  )

describe('twins', () => {
  it('stand between the same neighbours, two on a side, else one', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => seen(name))
    expect(sizes([lost('a'), lost('b'), lost('c'), a!, b!, c!])[1]).toBe(4)
    expect(sizes([lost('x'), lost('b'), lost('c'), a!, b!, c!])[1]).toBeNull()
    expect(sizes([lost('a'), lost('b'), lost('x'), a!, b!, c!])[1]).toBeNull()
  })

  it('of a nearer place count before those of a farther', () => {
    // b between a and c, after x with 7 elements, after y with 9.
    const pair = (first: string, own: typeof seen) =>
      [first, 'a', 'b', 'c', 'z'].map((name) => own(name))
    const kernels = [...pair('x', lost), ...pair('x', seen), ...pair('y', seen)]
    expect(sizes(kernels, (i) => (i < 10 ? 7 : 9))[2]).toBe(7)
    expect(
      sizes([...pair('w', lost), ...pair('x', seen), ...pair('y', seen)], (i) =>
        i < 10 ? 7 : 9,
      )[2],
    ).toBeNull()
    expect(sizes([...pair('w', lost), ...pair('x', seen), ...pair('y', seen)])[2]).toBe(4)
  })

  it('have the same grid, block and bytes, and are on one stream', () => {
    const after = (more: Partial<KernelEvent>) =>
      sizes([lost('a'), lost('b', more), lost('c'), seen('a'), seen('b'), seen('c')])[1]
    expect(after({})).toBe(4)
    expect(after({ grid: [3, 1, 1] })).toBeNull()
    expect(after({ block: [64, 1, 1] })).toBeNull()
    expect(after({ bytes: 8 })).toBeNull()
    const apart = [lost('a'), lost('b'), lost('c')].map((each) => ({ ...each, stream: 9 }))
    expect(sizes([...apart, seen('a'), seen('b'), seen('c')])[1]).toBe(4)
    expect(
      sizes([lost('a'), lost('b', { stream: 9 }), lost('c'), seen('a'), seen('b'), seen('c')])[1],
    ).toBeNull()
  })

  it('last alike, within a quarter, where no grid is recorded', () => {
    const bare = (name: string, durationNs: number) => {
      const { grid: _, block: __, ...rest } = lost(name, { durationNs })
      return rest
    }
    const at = (durationNs: number) =>
      sizes([
        bare('a', 1000),
        bare('b', durationNs),
        bare('c', 1000),
        ...['a', 'b', 'c'].map((name) => seen(name, { durationNs: 1000 })),
        ...['a', 'b', 'c'].map((name) => seen(name, { durationNs: 2000 })),
      ])[1]
    expect([799, 800, 1500, 2500, 2501].map(at)).toEqual([null, 4, 4, 4, null])
  })

  it('are needed only where something is lost and something is not', () => {
    const kernels = [lost('a'), lost('b')]
    const operations: KernelOperation[] = kernels.map(() => ({
      op: 'copy',
      family: 'elementwise',
      tensors: [],
      rule: null,
    }))
    expect(copyFromTwins(kernels, operations)).toBe(operations)
    const known = [seen('a')]
    const [own] = operations
    expect(copyFromTwins(known, [own!])).toEqual([own])
    // Tensors of an annotation are as good as an operator.
    expect(sizes([lost('a', { tensors: [] }), seen('a')])[0]).toBeNull()
  })
})

describe('what is copied', () => {
  const three = (of: Parameters<typeof answers>[1]) =>
    answers([lost('a'), lost('b'), lost('c'), seen('a'), seen('b'), seen('c')], of)[1]!

  it('is operation, family and dimensions, with a note; the rule stays', () => {
    const fill = {
      op: 'fill' as const,
      family: 'movement' as never,
      call: { op: 'fill' as const, elements: 4, dtype: 'bf16' as const },
    }
    expect(three(({ op }) => (op === undefined ? {} : fill))).toEqual({
      ...fill,
      tensors: [],
      rule: 'rule of b',
      missing: 'dimensions of the same kernel between the same neighbours elsewhere in the trace',
    })
  })

  it('is that a kernel helps another', () => {
    expect(three(({ op }) => (op === undefined ? {} : { auxiliary: true }))).toEqual({
      op: 'copy',
      family: 'elementwise',
      tensors: [],
      rule: 'rule of b',
      auxiliary: true,
    })
  })

  it('is nothing where the twin has no dimensions, or the kernel has what it needs', () => {
    expect(three(() => ({}))).toMatchObject({ missing: 'no shapes' })
    expect(
      three(({ op }) => (op === undefined ? { auxiliary: true } : copy(4))),
    ).not.toHaveProperty('call')
    expect(three(({ op }) => (op === undefined ? { op: 'memcpy' } : copy(4)))).not.toHaveProperty(
      'call',
    )
    const { missing: _, ...sure } = { missing: undefined, ...copy(3) }
    const operations = answers(
      [lost('a'), lost('b'), lost('c'), seen('a'), seen('b'), seen('c')],
      ({ op }) => (op === undefined ? sure : copy(4)),
    )
    // Estimated dimensions are replaced by known ones.
    expect(operations[1]!.call).toMatchObject({ elements: 4 })
  })
})
