// What is remembered of a kernel, and of which others it holds.
import type { KernelEvent, KernelOperation } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, launchedBy, op, t } from '../../fixtures/hand-made.js'
import { launchNumber, Memo } from './memo.js'

const ANSWER: KernelOperation = { op: 'copy', family: 'elementwise', tensors: [], rule: 'r' }
const X: Partial<KernelEvent> = { grid: [2, 3, 1], block: [32, 4, 1], bytes: 8 }
const A = op('a', t('4'))
/** What a memo that saw `first` says of `second`. */
function recalled(first: KernelEvent, second: KernelEvent, answer = ANSWER) {
  const memo = new Memo()
  memo.watch({})
  memo.set(first, answer)
  return memo.get(second)
}

describe('a memo', () => {
  it('answers kernels that are alike', () => {
    expect(recalled(kernel('k', A, X), kernel('k', A, { ...X, startNs: 9, durationNs: 7 }))).toBe(
      ANSWER,
    )
    expect(recalled(kernel('k'), kernel('k'))).toBe(ANSWER)
  })

  it.each<[string, KernelEvent]>([
    ['name', kernel('l', A, X)],
    ['operator', kernel('k', op('a', t('4')), X)],
    ['grid', kernel('k', A, { ...X, grid: [2, 4, 1] })],
    ['block', kernel('k', A, { ...X, block: [32, 8, 1] })],
    ['bytes', kernel('k', A, { ...X, bytes: 16 })],
    ['kind', kernel('k', A, { ...X, kind: 'memcpy' })],
    ['shapes', kernel('k', A, { ...X, shapesFrom: 'capture' })],
    ['launch', kernel('k', A, { ...X, launch: launchedBy('cudaGraphLaunch') })],
    ['tensors', kernel('k', A, { ...X, tensors: [] })],
    ['message', kernel('k', A, { ...X, collective: { kind: 'send' } })],
  ])('does not answer one of another %s', (_, other) => {
    expect(recalled(kernel('k', A, X), other)).toBeUndefined()
    expect(recalled(other, kernel('k', A, X))).toBeUndefined()
  })

  it('forgets what depended on its surroundings, and attention', () => {
    const k = kernel('k', A, X)
    const after = (use: (known: ReturnType<Memo['watch']>) => unknown) => {
      const memo = new Memo()
      use(memo.watch({ rowsOfWidth: () => 7, sequencesByKvTokens: new Map(), worldSize: 2 }))
      memo.set(k, ANSWER)
      return memo.get(k)
    }
    expect(after(({ worldSize }) => worldSize)).toBe(ANSWER)
    expect(after(({ rowsOfWidth }) => rowsOfWidth)).toBeUndefined()
    expect(after(({ sequencesByKvTokens }) => sequencesByKvTokens)).toBeUndefined()
    expect(recalled(k, k, { ...ANSWER, op: 'attention', family: 'attention' })).toBeUndefined()
  })

  it('watches anew each time', () => {
    const memo = new Memo()
    const k = kernel('k', A, X)
    expect(memo.watch({ rowsOfWidth: () => 7 }).rowsOfWidth?.(1)).toBe(7)
    memo.watch({})
    memo.set(k, ANSWER)
    expect(memo.get(k)).toBe(ANSWER)
  })

  it('tells launches apart by numbers, in which the order of sizes counts', () => {
    const number = (more: Partial<KernelEvent>) => launchNumber(kernel('k', undefined, more))
    expect(number({})).toBe(0)
    expect(number({ bytes: 2147483647 + 5 })).toBe(5)
    expect(number({ grid: [1, 2, 3] })).toBe((65599 * (65599 + 2) + 3) % 2147483647)
    const numbers = [
      [2, 1, 1],
      [1, 2, 1],
      [1, 1, 2],
    ].map((grid) => number({ grid: grid as [number, number, number] }))
    expect(new Set(numbers).size).toBe(3)
    expect(number({ block: [1, 2, 3] })).toBe(number({ grid: [1, 2, 3] }))
  })
})
