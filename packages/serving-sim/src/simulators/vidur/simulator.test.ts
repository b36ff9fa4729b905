import { expect, test } from 'vitest'
import { fault, prepare } from '../../../test/prepare.js'

const closedForm = (extra: string) => `
engine: vidur
workload: { type: vidur, requests: 30, interval: { type: poisson, qps: 20 }, length: { type: fixed, prefillTokens: 200, decodeTokens: 20 } }
vidur:
  model: meta-llama/Llama-2-7b-hf
  scheduler: { type: sarathi }
  predictor: { type: closed-form }
${extra}`

test('runs from a configuration, and says what cannot be', () => {
  const { report, batches } = prepare(closedForm('')).run()
  expect(report.requests).toEqual({ completed: 30 })
  expect(batches!.length).toBe(report.steps)
  expect(fault(closedForm('  tensorParallel: 5\n'))).toMatch(/run\.yaml:5:3: 32 heads over 5/)
  expect(
    fault(closedForm('  pipelineStages: 3\n  networkDevice: a100_dgx\n  tensorParallel: 4\n')),
  ).toMatch(/run\.yaml:10:19: 12 devices are neither within a node of 8/)
  expect(fault(closedForm('  device: b300\n'))).toMatch(/run\.yaml:8:11: vidur.device "b300"/)
  expect(fault(closedForm('  device: a40\n  tensorParallel: 1\n  maxTokens: 400000\n'))).toMatch(
    /run\.yaml:5:3: weights take/,
  )
})

test('sessions only where there are sessions', () => {
  const text = closedForm('').replace(
    /workload:.*/,
    'workload: { type: synthetic, requests: 3, users: 1, inputTokens: 4, outputTokens: 4 }',
  )
  expect(fault(text)).toContain('engine vidur has no sessions')
})
