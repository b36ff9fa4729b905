import { describe, expect, it } from 'vitest'
import { ReplayError } from '../errors.js'
import { parseScenarios } from './parse.js'

const refusal = (text: string): string => {
  try {
    parseScenarios(text, 'what-if.yaml')
  } catch (error) {
    if (error instanceof ReplayError && error.code === 'invalid_scenarios') return error.message
    throw error
  }
  throw new Error('expected a ReplayError')
}

describe('a file of scenarios', () => {
  it('holds named lists of changes; one value stands for a list of one', () => {
    const text = `
scenarios:
  - name: another GPU
    description: every kernel by the roofline
    changes:
      - { do: durations, from: mi300x }
  - name: all of them
    changes:
      - { do: scale, factor: 0.5, match: { family: attention, rank: [0, 1] } }
      - { do: remove, match: { name: 'elementwise.*copy' } }
      - { do: fuse, match: { operator: 'aten::(mul|add)' }, takes: longest, host: remove }
      - { do: collectives, link: { busBandwidthGBPerS: 400, latencyUs: 5 } }
      - { do: launch, factor: 0 }
      - { do: host, factor: 0.7 }
      - { do: graph, launchUs: 10 }
      - { do: slow-rank, rank: 3, factor: 1.2 }
`
    const [first, second] = parseScenarios(text)
    expect(first).toEqual({
      name: 'another GPU',
      description: 'every kernel by the roofline',
      changes: [{ do: 'durations', from: 'mi300x' }],
    })
    expect(second!.changes).toEqual([
      { do: 'scale', factor: 0.5, match: { family: ['attention'], rank: [0, 1] } },
      { do: 'remove', match: { name: 'elementwise.*copy' }, host: 'keep' },
      { do: 'fuse', match: { operator: 'aten::(mul|add)' }, takes: 'longest', host: 'remove' },
      { do: 'collectives', link: { busBandwidthGBPerS: 400, latencyUs: 5 } },
      { do: 'launch', factor: 0 },
      { do: 'host', factor: 0.7 },
      { do: 'graph', launchUs: 10 },
      { do: 'slow-rank', rank: [3], factor: 1.2, host: 1 },
    ])
  })

  const one = (change: string) => `scenarios:\n  - name: a\n    changes:\n      - ${change}\n`

  it('with an unknown field is refused with its line', () => {
    expect(refusal(one('{ do: scale, factor: 2, colour: red }'))).toBe(
      'what-if.yaml:4: scenarios[0].changes[0].colour: is not a field; `docs/replay.md` lists those there are',
    )
    expect(refusal('scenarios:\n  - name: a\n    changes: []\n    after: b\n')).toContain(
      'what-if.yaml:4: scenarios[0].after: is not a field',
    )
    expect(refusal(one('{ do: scale, factor: 2, match: { kernel: x } }'))).toContain(
      'what-if.yaml:4: scenarios[0].changes[0].match.kernel: is not a field',
    )
  })

  it.each([
    ['{ do: speed-up }', 'what-if.yaml:4: scenarios[0].changes[0].do: '],
    ['{ do: scale }', 'what-if.yaml:4: scenarios[0].changes[0].factor: '],
    ['{ do: scale, factor: -1 }', 'what-if.yaml:4: scenarios[0].changes[0].factor: '],
    ['{ do: scale, factor: fast }', 'what-if.yaml:4: scenarios[0].changes[0].factor: '],
    [
      "{ do: remove, match: { name: '(' } }",
      'what-if.yaml:4: scenarios[0].changes[0].match.name: "(" is not a regular expression',
    ],
    ['{ do: remove, match: { family: gemms } }', 'scenarios[0].changes[0].match.family'],
    ['{ do: collectives }', 'needs exactly one of factor, link, from'],
    ['{ do: collectives, factor: 1, from: x }', 'needs exactly one of factor, link, from'],
    ['scale', 'what-if.yaml:4: scenarios[0].changes[0]: '],
  ])('with the change %s is refused', (change, message) => {
    expect(refusal(one(change))).toContain(message)
  })

  it.each([
    ['', 'what-if.yaml:1: '],
    ['scenarios: []', 'what-if.yaml:1: scenarios: '],
    ['scenarios:\n  - name: a\n   changes: []\n', 'what-if.yaml:3: '],
    ['scenarios:\n\n  - name: a\n', 'what-if.yaml:3: scenarios[0].changes: '],
    [
      'scenarios:\n  - { name: a, changes: [] }\n  - { name: a, changes: [] }\n',
      'what-if.yaml:3: scenarios[1].name: "a" is taken; name each once',
    ],
    ['a: &a [*a]', 'what-if.yaml:1: '],
  ])('that reads %j is refused', (text, message) => {
    expect(refusal(text)).toContain(message)
  })

  it('that blows up by aliases is refused', () => {
    const levels = Array.from({ length: 12 }, (_, i) =>
      i === 0 ? 'l0: &l0 [x, x]' : `l${i}: &l${i} [*l${i - 1}, *l${i - 1}, *l${i - 1}, *l${i - 1}]`,
    )
    expect(refusal(levels.join('\n'))).toContain('what-if.yaml:1: ')
  })
})
