import { StepBatch } from '@flowsim/trace-schema'
import { expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../../tests/corpus.js'
import { readJson } from '../../../../test/csv.js'
import { llama } from '../../../../test/llama.js'
import { INFERENCE_SIM_HARDWARE } from './hardware.js'
import { type InferenceSimHardware, inferenceSimModel } from './model.js'
import { inferenceSimPhysics } from './physics.js'
import { inferenceSimRoofline } from './roofline.js'

interface Grid {
  batches: Record<
    string,
    { phase: string; new_tokens: number; progress_index: number; input_len: number }[]
  >
  rows: {
    backend: string
    gpu: string
    model: string
    tp: number
    step_us: Record<string, number>
  }[]
}

describeWithCorpus('step times of inference-sim', () => {
  test('every row of its grid, to the microsecond', () => {
    const grid = readJson<Grid>(corpus('serving/blis/head/step-time-grid.json'))
    const hardware = readJson<Record<string, InferenceSimHardware>>(
      corpus('serving/blis/head/hardware_config.json'),
    )
    const batch = new StepBatch()
    const wrong: string[] = []
    for (const row of grid.rows) {
      const model = inferenceSimModel(readJson(corpus(`models/${row.model}.json`)))
      const device = hardware[row.gpu]!
      const stepUs =
        row.backend === 'roofline'
          ? inferenceSimRoofline(model, device, row.tp)
          : inferenceSimPhysics(model, device, { tensorParallel: row.tp })
      for (const [name, expected] of Object.entries(row.step_us)) {
        batch.clear()
        for (const request of grid.batches[name]!) {
          if (request.phase === 'prefill') {
            batch.addPrefill(request.new_tokens, request.progress_index, request.input_len)
          } else {
            batch.addDecode(request.progress_index)
          }
        }
        const got = stepUs(batch)
        if (got !== expected) wrong.push(`${row.backend} ${row.model} ${name}: ${got}, ${expected}`)
      }
    }
    expect(grid.rows.length).toBeGreaterThan(100)
    expect(wrong).toEqual([])
  })
})

const h100 = INFERENCE_SIM_HARDWARE.H100!

test('trained-physics: fewer weights take the maximum of compute and KV', () => {
  const batch = new StepBatch()
  batch.addPrefill(512, 0, 512)
  for (let i = 0; i < 4; i++) batch.addDecode(1000)
  const beta = [1, 1, 1, 1, 0, 0, 0]
  const split = inferenceSimPhysics(llama, h100, { tensorParallel: 1 }, [...beta, 0, 1, 1])
  const max = inferenceSimPhysics(llama, h100, { tensorParallel: 1 }, beta)
  expect(max(batch)).toBeLessThan(split(batch))
})

test('trained-physics: data parallelism leaves a dense model no slower', () => {
  const batch = new StepBatch()
  batch.addPrefill(2048, 0, 2048)
  const one = inferenceSimPhysics(llama, h100, { tensorParallel: 2 })(batch)
  const two = inferenceSimPhysics(llama, h100, { tensorParallel: 2, dataParallel: 2 })(batch)
  expect(two).toBeLessThan(one)
})
