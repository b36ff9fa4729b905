import { expect, test } from 'vitest'
import { fault, prepare } from '../../../test/prepare.js'

const text = (model: string, parallelism: string) => `
engine: reallm
seed: 5
workload: { type: synthetic, requests: 3, arrival: { process: constant, ratePerS: 1 }, inputTokens: 64, outputTokens: 3 }
reallm: { model: ${model}, parallelism: ${parallelism}, method: { type: roofline } }
`

test('runs from a configuration; devices must come out even', () => {
  expect(prepare(text('llama-3.1-70b', 'tp8')).run().report.requests).toEqual({ completed: 3 })
  expect(fault(text('llama-3.1-70b', 'tp4'))).toContain('parallelism tp4 takes 4 devices of 8')
  expect(fault(text('deepseek-v2', 'tp8'))).toContain('no tensor or context parallelism')
  expect(fault(text('lama', 'tp8'))).toContain('run.yaml:5:18: ')
})

test('images need tokens: the rule of a model is not known here', () => {
  const shown = (image: string) =>
    text('llama-3.1-70b', 'tp8').replace('outputTokens: 3', `outputTokens: 3, images: { ${image} }`)
  expect(fault(shown('width: 8, height: 8'))).toMatch(
    /^run.yaml:4.*engine reallm does not know how many tokens an image is; state tokens/,
  )
  expect(prepare(shown('tokens: 16')).run().report.inputTokens).toBe(3 * 80)
})

test('the same experts are drawn in every run', () => {
  const prepared = prepare(text('deepseek-v2', 'ep8'))
  const { report } = prepared.run()
  expect(report.requests).toEqual({ completed: 3 })
  expect(prepared.run().report).toEqual(report)
})
