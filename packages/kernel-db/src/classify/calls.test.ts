// Which kernels are of one call: numbers of the parser, else neighbours on one thread.
import type { KernelEvent } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { kernel, launchedBy, list, op, s, t } from '../../fixtures/hand-made.js'
import { isReplayed, operatorCalls } from './calls.js'

const on = (tid: number, pid = 1) => ({ launch: { ...launchedBy('cudaLaunchKernel'), pid, tid } })
const call = (name: string, operator: ReturnType<typeof op>, more: Partial<KernelEvent> = {}) =>
  kernel(name, operator, more)
const calls = (...kernels: KernelEvent[]) => [
  ...operatorCalls(kernels, ({ name }) => name === 'again'),
]

describe('calls of operators', () => {
  const A = op('a', t('4,8'), s(1))

  it('have the numbers of the parser, from nought in order of appearance', () => {
    const numbered = (opInstance: number) => call('k', A, { opInstance })
    expect(calls(numbered(7), numbered(3), numbered(7), kernel('k'))).toEqual([0, 1, 0, -1])
  })

  it('are kernels in a row, until the first comes again where it does not repeat', () => {
    expect(calls(call('x', A), call('y', A), call('y', A), call('x', A))).toEqual([0, 0, 0, 1])
    expect(calls(call('again', A), call('y', A), call('again', A))).toEqual([0, 0, 0])
  })

  it('of several threads are apart', () => {
    expect(
      calls(call('x', A, on(1)), call('y', A, on(2)), call('z', A, on(1)), call('z', A, on(1, 2))),
    ).toEqual([0, 1, 0, 2])
  })

  it('begin where a graph, or no launch, tells nothing', () => {
    const { launch: _, ...lost } = call('x', A)
    expect(calls(lost, call('x', A, { launch: launchedBy('cudaGraphLaunch') }))).toEqual([-1, -1])
    expect(isReplayed(lost)).toBe(false)
    expect(isReplayed(kernel('x', undefined, { launch: launchedBy('cuGraphLaunch') }))).toBe(true)
  })

  it('hold kernels of operators inside them, which belong to none', () => {
    const inside = (...parents: string[]) => ({ ...op('b', t('4,8')), parents })
    expect(calls(call('x', A), call('y', inside('a')), call('z', A))).toEqual([0, -1, 0])
    expect(calls(call('x', A), call('y', inside('a', 'c')), call('z', A))).toEqual([0, 1, 2])
    expect(calls(call('x', A), call('y', inside('c', 'a')), call('z', A))).toEqual([0, -1, 0])
    const deep = { ...A, parents: ['layer'] }
    expect(calls(call('x', deep), call('y', inside('a', 'layer')), call('z', deep))).toEqual([
      0, -1, 0,
    ])
    expect(calls(call('x', deep), call('y', inside('layer')))).toEqual([0, 1])
  })

  it.each([
    ['another name', op('b', t('4,8'), s(1))],
    ['more arguments', op('a', t('4,8'), s(1), s(2))],
    ['fewer arguments', op('a', t('4,8'))],
    ['another shape', op('a', t('4,9'), s(1))],
    ['more dimensions', op('a', t('4,8,1'), s(1))],
    ['another value', op('a', t('4,8'), s(2))],
    ['another kind of argument', op('a', t('4,8'), t('1'))],
    ['a list for a tensor', op('a', list('4,8'), s(1))],
  ])('of an operator with %s are two', (_, other) => {
    expect(calls(call('x', A), call('y', other))).toEqual([0, 1])
    expect(calls(call('y', other), call('x', A))).toEqual([0, 1])
  })

  it('of an equal operator are one, with lists compared tensor by tensor', () => {
    const lists = (...texts: string[]) => op('a', list(...texts))
    expect(calls(call('x', A), call('y', op('a', t('4,8 bf16'), s(1))))).toEqual([0, 0])
    expect(calls(call('x', lists('4', '5')), call('y', lists('4', '5')))).toEqual([0, 0])
    expect(calls(call('x', lists('4', '5')), call('y', lists('4', '6')))).toEqual([0, 1])
    expect(calls(call('x', lists('4', '5')), call('y', lists('4')))).toEqual([0, 1])
  })
})
