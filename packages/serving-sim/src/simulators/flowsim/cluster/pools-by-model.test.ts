import { describe, expect, test } from 'vitest'
import { instance, options, request } from '../../../../test/cluster.js'
import { fault } from '../../../../test/prepare.js'
import { simulateFlowsim } from '../engine.js'

const requests = (models: readonly string[]) =>
  models.map((model, i) => request(i, { model, arrivalNs: i * 1e6 }))
const two = (serves: string) =>
  [0, 1].map((i) => instance({ serves, name: `${serves}-${i}`, kv: { prefixCaching: false } }))

describe('a cluster of several models', () => {
  test('requests go to instances of their model', () => {
    const names = ['x', 'y', 'y', 'x', 'x', 'y']
    const { requests: done } = simulateFlowsim(requests(names), options([...two('x'), ...two('y')]))
    const order = ['x-0', 'y-0', 'y-1', 'x-1', 'x-0', 'y-0']
    expect([...done].map((record) => record.instance)).toEqual(order)
  })

  test('each model is served as it would be alone', () => {
    const names = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 'x' : 'y'))
    const both = simulateFlowsim(requests(names), options([...two('x'), ...two('y')]))
    const alone = simulateFlowsim(
      requests(names).filter(({ model }) => model === 'x'),
      options(two('x')),
    )
    const times = ({ requests }: typeof both) =>
      [...requests]
        .filter((record) => record.instance.startsWith('x'))
        .map(({ id, firstTokenNs, finishedNs }) => [id, firstTokenNs, finishedNs])
    expect(times(both)).toEqual(times(alone))
  })

  const config = (models: string, instances: string) => `
workload: { type: synthetic, requests: 9, users: 3, inputTokens: 8, outputTokens: 2${models} }
stepTime: { type: linear, perStepUs: 1000 }
kv: { blocks: 100 }
instances: ${instances}
`
  test.each([
    [', models: [{ name: z, share: 1 }]', '[{ serves: x }]', /asks for z; instances serve x/],
    ['', '[{ serves: x }, { serves: y }]', /names no model; instances serve x, y/],
    ['', '[{ serves: x }, {}]', /each must: serves/],
  ])('%s %s is refused in one line', (models, instances, message) => {
    expect(fault(config(models, instances))).toMatch(message)
  })

  test('models are drawn by their shares', () => {
    const models = ', models: [{ name: x, share: 1 }, { name: y, share: 2 }]'
    expect(fault(config(models, '[{ serves: x }, { serves: y }]'))).toBe('no error')
  })
})
