// Which program answers: the flag before the environment before the settings; wrong use is told.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { flowsim } from '../testing/flowsim.js'
import { testFolder, writeSettings } from '../testing/folder.js'
import { modelCommand } from './command-model.js'

const folder = testFolder()

it('the flag wins over the environment, and that over the settings', () => {
  expect(modelCommand()).toBeUndefined()
  writeSettings(folder, 'model: { command: of the settings }\n')
  expect(modelCommand()).toBe('of the settings')
  vi.stubEnv('FLOWSIM_MODEL_COMMAND', 'of the environment')
  expect(modelCommand()).toBe('of the environment')
  expect(modelCommand('of the flag')).toBe('of the flag')
})

it('the model asks for its program, and the program for its model', async () => {
  const gelu = ['estimate', 'gelu', '--hardware', 'h100_sxm', '--set', 'elements=8']
  expect(await flowsim(...gelu, '--model', 'command')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--command "python my_model\.py"/),
  })
  expect(await flowsim(...gelu, '--command', 'x')).toMatchObject({
    code: 2,
    err: expect.stringContaining('goes with --model command'),
  })
})

it.each([
  ['command', 2, '--command "python my_model.py"'],
  ['constructor', 1, 'model: "constructor" is not known'],
])('a configuration with the latency model %s is told what it lacks', async (name, code, words) => {
  const path = join(folder, 'serving.yaml')
  writeFileSync(
    path,
    `workload: { type: synthetic, requests: 1, arrival: { process: at-once }, inputTokens: 8, outputTokens: 2 }
stepTime: { type: model, model: llama-3.1-8b, hardware: h100_sxm, latencyModel: ${name} }
`,
  )
  expect(await flowsim('serving', 'run', '--config', path)).toMatchObject({
    code,
    err: expect.stringContaining(words),
  })
})
