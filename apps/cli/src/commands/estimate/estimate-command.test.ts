// flowsim estimate: the words for an operation, and what is said of wrong ones.
import { OP_NAMES, OPERATIONS } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'

/** The lines of the example of a help, as a shell joins them. */
function exampleIn(help: string): string[] {
  const [, lines] = help.split('Example:\n')
  return lines!.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(1)
}

describe('the help of an operation', () => {
  it.each(OP_NAMES)('%s names every dimension, and its example runs as it stands', async (op) => {
    const { code, out } = await flowsim('estimate', op, '--help')
    expect(code).toBe(0)
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
    for (const name of Object.keys(OPERATIONS[op].fields)) {
      expect(out).toMatch(new RegExp(`(?:^|--)${name}\\b`, 'm'))
    }
    const ran = await flowsim(...exampleIn(out))
    expect(ran.code, ran.err).toBe(0)
  })

  it('stands in place of that of the command, whose own is left alone', async () => {
    const { out } = await flowsim('estimate', '--help')
    expect(out).toContain('Predict the time of one operation')
    const of = await flowsim('estimate', '--hardware', 'h100_sxm', 'matmul', '--help')
    expect(of.out).toMatch(/^Usage: flowsim estimate matmul --hardware/)
  })
})

describe('wrong words for an operation', () => {
  const said = async (...args: string[]) => {
    const { code, err } = await flowsim('estimate', ...args, '--hardware', 'h100_sxm')
    expect(code).toBe(2)
    return err.trim()
  }

  it('are told with all that is missing at once, and what it means', async () => {
    expect(await said('matmul', '--set', 'm=8')).toBe(
      'flowsim: matmul: n (columns of the right operand and of the result: outputs), k (columns of ' +
        'the left operand, rows of the right one: inputs) are missing; add --set n=… --set k=… ' +
        '(flowsim estimate matmul --help shows all)',
    )
  })

  it('dimensions as flags are told how to be written, with the rest that is missing', async () => {
    const { code, err } = await flowsim(
      'estimate',
      'matmul',
      '--m',
      '4',
      '--n=8',
      '--set',
      'bias=true',
    )
    expect([code, err]).toEqual([
      2,
      'flowsim: matmul: write dimensions as --set m=4 --set n=8; the device, k (columns of the left operand, ' +
        'rows of the right one: inputs) are missing; add --hardware NAME --set k=… ' +
        '(flowsim estimate matmul --help shows all)\n',
    ])
    const whole = ['--set', 'm=1', '--set=n=1', '--k', '4k', '--hardware', 'h100_sxm']
    expect((await flowsim('estimate', ...whole, 'matmul')).err).toBe(
      'flowsim: matmul: write dimensions as --set k=4k\n',
    )
  })

  it('the help of what is not an operation is that it is none', async () => {
    const { code, out, err } = await flowsim('estimate', 'matmull', '--help')
    expect([code, out]).toEqual([2, ''])
    expect(err).toBe('flowsim: "matmull" is not an operation; did you mean matmul?\n')
    const nothing = await flowsim('estimate', '--hardware', 'h100_sxm', 'nothing', '--help')
    expect([nothing.code, nothing.err]).toEqual([2, expect.stringMatching(/one of matmul, /)])
  })

  it.each([
    [['matmull'], '"matmull" is not an operation; did you mean matmul?'],
    [['attention', '--set', 'headdim=8'], /has no such dimension.*did you mean headDim or/],
    [['matmul', '--set', 'm'], '--set m: write name=value, such as m=4096'],
    [['matmul', '--set', 'm=4', '--set', 'm=5'], '--set m: is given twice'],
    [['matmul', '--set', 'm=x'], '--set m=x: m is a number, such as 4096, 4k or 4K'],
    [['matmul', '--set', 'm=64MB'], '--set m=64MB: m is not counted in bytes'],
    [['matmul', '--set', 'bias=2'], '--set bias=2: bias is true or false'],
    [
      ['matmul', '--set', 'm=1', '--set', 'n=1.5', '--set', 'k=1'],
      '--set n=1.5: 1.5 is not a whole number',
    ],
    [['matmul', '--dtype', 'bf17'], /--dtype bf17: is not an element type; there are fp64/],
    [['memcpy', '--set', 'bytes=1MB', '--set', 'direction=up'], /must be one of host_to_device/],
  ])('%j', async (args, words) => {
    const err = await said(...args)
    if (typeof words === 'string') expect(err).toBe(`flowsim: ${words}`)
    else expect(err).toMatch(words)
    expect(err).not.toMatch(/Invalid input|expected|received|zod/i)
  })

  it('units are read as vLLM reads them', async () => {
    const sizes = ['--set', 'm=4k', '--set', 'n=4K', '--set', 'k=1.5M', '--json']
    const { out } = await flowsim('estimate', 'matmul', '--hardware', 'h100_sxm', ...sizes)
    expect(JSON.parse(out).flops).toBe(2 * 4000 * 4096 * 1.5 * 2 ** 20)
    const copy = ['memcpy', '--set', 'bytes=64MB', '--set', 'direction=host_to_device']
    const bytes = await flowsim('estimate', ...copy, '--hardware', 'h100_sxm', '--json')
    expect(JSON.parse(bytes.out).bytes).toBe(2 * 64e6)
  })
})
