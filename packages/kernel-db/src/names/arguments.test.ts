import { describe, expect, it } from 'vitest'
import { list, named, s, t } from '../../fixtures/hand-made.js'
import { NamedArguments, parseParameters } from './arguments.js'

describe('NamedArguments', () => {
  const args = new NamedArguments(
    [t('2,3 bf16'), s('4'), list('5', '6'), s(''), s('[1, -1]'), s(true), t('7 fp32')],
    parseParameters('x k parts alpha dim causal >out'),
  )

  it('finds arguments by name and gives tensors their roles', () => {
    expect(args.tensor('x')).toEqual({ name: 'x', role: 'input', shape: [2, 3], dtype: 'bf16' })
    expect(args.tensor('missing', 'out')?.role).toBe('output')
    expect(args.list('parts').map(({ shape }) => shape)).toEqual([[5], [6]])
    expect(args.tensors).toHaveLength(4)
  })

  it('reads values, and does not mistake an empty one for zero', () => {
    expect(args.number('k')).toBe(4)
    expect(args.number('alpha')).toBeUndefined()
    expect(args.integers('dim')).toEqual([1, -1])
    expect(args.integers('k')).toEqual([4])
    expect(args.flag('causal')).toBe(true)
    expect(args.flag('k')).toBeUndefined()
  })

  it('keeps arguments that the list does not name', () => {
    const some = new NamedArguments([t('2'), t('3')], parseParameters('_ >out'))
    expect(some.tensors.map(({ name, role }) => [name, role])).toEqual([
      [undefined, 'input'],
      ['out', 'output'],
    ])
  })

  it('takes the names of an annotation before those of the list', () => {
    const some = NamedArguments.ofTensors(
      [named('q', '4,8'), { shape: [9] }],
      parseParameters('a >b'),
    )
    expect(some.tensor('q')?.shape).toEqual([4, 8])
    expect(some.tensor('b')).toEqual({ name: 'b', role: 'output', shape: [9] })
  })
})
