import { builtInModel, compileStep } from '@flowsim/model-graph'
import { findHardware } from '@flowsim/perf-model/hardware'
import { StepBatch } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { stepWork } from './step-work.js'

const hardware = findHardware('h100_sxm')
const model = builtInModel('llama-3.1-8b')!
const peak = hardware.device.matrixFlopsPerS.bf16!
const bandwidth = hardware.device.memory.find(({ name }) => name === 'dram')!.bandwidthBytesPerS!

function workOf(tensor: number) {
  const step = compileStep(model, { parallelism: { tensor } })
  return stepWork({ step, hardware, replicas: 1, stages: 1 })!
}

it('a decode reads the weights once, and multiplies with each twice', () => {
  const batch = new StepBatch()
  batch.addDecode(1)
  const { computeNs, memoryNs } = workOf(1)(batch)
  // 8.03 billion parameters, those of the input embedding (0.525 billion) are looked up.
  const weights = 8.03e9 - 0.525e9
  expect(memoryNs / (1e9 * ((2 * weights) / bandwidth))).toBeCloseTo(1, 1)
  expect(computeNs / (1e9 * ((2 * weights) / peak))).toBeGreaterThan(0.98)
  expect(computeNs / (1e9 * ((2 * weights) / peak))).toBeLessThan(1.1)
})

it('over two devices each has half of it', () => {
  const batch = new StepBatch()
  batch.addPrefill(2048, 0, 2048)
  const [one, two] = [workOf(1)(batch), workOf(2)(batch)]
  expect(two.computeNs / one.computeNs).toBeCloseTo(0.5, 1)
})

it('of a device without a peak of its memory nothing is known', () => {
  const step = compileStep(model)
  const bare = { ...hardware, device: { ...hardware.device, memory: [] } }
  expect(stepWork({ step, hardware: bare, replicas: 1, stages: 1 })).toBeNull()
})

it('a batch has the same work after others of as many tokens', () => {
  const batches = [3000, 500].flatMap((context) => {
    const decodes = new StepBatch()
    for (let i = 0; i < 16; i++) decodes.addDecode(context)
    const prompt = new StepBatch()
    prompt.addPrefill(15, context, context + 15)
    prompt.addDecode(context)
    return [decodes, prompt]
  })
  const asked = workOf(1)
  const answers = [...batches, ...batches].map((batch) => asked(batch))
  const fresh = batches.map((batch) => workOf(1)(batch))
  expect(answers).toEqual([...fresh, ...fresh])
})
