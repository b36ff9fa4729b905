import { describe, expect, it } from 'vitest'
import { kernel, named, s, t } from '../../fixtures/hand-made.js'
import { KernelDbError } from '../errors.js'
import { NamedArguments, parseParameters } from '../names/arguments.js'
import { isExpression, NONE, parseExpression } from './expression.js'

const scope = {
  event: kernel('k', undefined, { grid: [64, 2, 1], block: [128, 1, 1], bytes: 4096 }),
  args: new NamedArguments(
    [t('8,1024 bf16'), t('4096,1024 fp8_e4m3'), s(7), s('2.5'), s('mean')],
    parseParameters('x weight axis'),
  ),
  groups: { dtype: '__nv_bfloat16', size: '64' },
  parameters: { function: 'max', packed: true },
}
const value = (text: string) => parseExpression(text)(scope)

describe('expressions', () => {
  it.each([
    ['4096', 4096],
    ['inputs[0].shape[0]', 8],
    ['inputs[0].shape[-1] // 3', 341],
    ['inputs[1].shape[0] * inputs[1].shape[1] / 2', 2097152],
    ['(1 + 2) * 3 - -4 % 3', 10],
    ['inputs[-1].shape[1]', 1024],
    ['tensors.weight.shape[0]', 4096],
    ['tensors.weight.elements', 4194304],
    ['product(inputs[0].shape)', 8192],
    ['grid[0] * block[0]', 8192],
    ['bytes', 4096],
    ['ceil(scalars[1]) + floor(scalars[1]) + round(2.4) + abs(-1)', 8],
    ['min(scalars[0], 9, 3) + max(1, 2)', 5],
    ['inputs[0].dtype', 'bf16'],
    ['scalars[2]', 'mean'],
    ['values.axis', 7],
    ['values.dim ?? -1', -1],
    ['inputs[0].shape[values.dim ?? -1] ?? 1', 1024],
    ['(tensors.none ?? tensors.weight).shape[0]', 4096],
    ['groups.size * 2', 128],
    ['dtype(groups.dtype)', 'bf16'],
    ["parameters.function ?? 'sum'", 'max'],
    ["parameters.other ?? 'sum'", 'sum'],
    ['parameters.packed + 1', 2],
    ['rows(inputs[0], 64)', 128],
    ['inputs[0].bytes', 16384],
    ['rows(inputs[0], 0)', 0],
    ['none', NONE],
  ])('%s is %s', (text, expected) => {
    expect(value(text)).toBe(expected)
  })

  it.each([
    'inputs[9].shape[0]',
    'inputs[0].shape[5]',
    'tensors.none.elements',
    'scalars[9]',
    'inputs[0].dtype + 1',
    'product(grid[0])',
  ])('%s has no value here', (text) => {
    expect(value(text)).toBeUndefined()
  })

  it.each([
    ['', /expected a value at character 1/],
    ['1 +', /expected a value/],
    ['1 2', /unexpected "2"/],
    ['inputs', /expected "\["/],
    ['inputs[0', /expected "\]"/],
    ['inputs[0].length', /"length" is not known; a tensor has shape, dtype, elements, bytes/],
    ['process.exit(1)', /"process" is not known/],
    ['constructor("x")', /"constructor" is not known/],
    ['1; 2', /a character that has no meaning/],
    ['('.repeat(100), /nested too deeply/],
    ['1+'.repeat(600), /longer than 1000 characters/],
  ])('"%s" is refused', (text, message) => {
    expect(() => parseExpression(text)).toThrow(message)
    expect(() => parseExpression(text)).toThrow(KernelDbError)
  })

  it('are told from plain words', () => {
    expect(['bf16', 'fp8_e4m3', 'decode', 'mla'].map(isExpression)).toEqual(Array(4).fill(false))
    expect(
      ['inputs[0].dtype', '12', 'tensors.x.dtype', 'bytes', 'max(1, 2)', 'x.dtype', "'sum'"].map(
        isExpression,
      ),
    ).toEqual(Array(7).fill(true))
  })

  it('see the tensors of an annotation by their names', () => {
    const args = NamedArguments.ofTensors([named('kv', '64,576 bf16')])
    expect(parseExpression('tensors.kv.shape[1]')({ ...scope, args })).toBe(576)
  })
})
