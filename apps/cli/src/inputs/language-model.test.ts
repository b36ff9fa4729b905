import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { parseCsv } from '../program/csv.js'
import { flowsim } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'

const folder = testFolder()

const config = {
  model_type: 'llama',
  hidden_size: 256,
  intermediate_size: 512,
  num_hidden_layers: 1,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  vocab_size: 1000,
  max_position_embeddings: 4096,
  torch_dtype: 'bfloat16',
}
const STEP = 'execute_context_1(30)_generation_2(2)'

/** A graph of the products around attention, in a step of 32 tokens. */
function trace(): string {
  const kernels = ['nvjet_tst_128x64_TNT', 'kernel_unified_attention_2d', 'nvjet_tst_64x64_TNT']
  const path = join(folder, 'graph.json')
  const traceEvents = [
    { ph: 'X', cat: 'user_annotation', name: STEP, pid: 1, tid: 1, ts: 0, dur: 50, args: {} },
    {
      ...{ ph: 'X', cat: 'cuda_runtime', name: 'cudaGraphLaunch', pid: 1, tid: 1, ts: 2, dur: 5 },
      args: { correlation: 5 },
    },
    ...kernels.map((name, i) => ({
      ...{ ph: 'X', cat: 'kernel', name, pid: 0, tid: 7, ts: 20 + 10 * i, dur: 5 },
      args: { device: 0, stream: 7, correlation: 5 },
    })),
  ]
  const deviceProperties = [{ id: 0, name: 'NVIDIA H100 80GB HBM3' }]
  writeFileSync(path, JSON.stringify({ schemaVersion: 1, deviceProperties, traceEvents }))
  return path
}

describe('--llm', () => {
  it('gives kernels without shapes the sizes of the model, and says how many', async () => {
    const model = join(folder, 'tiny.json')
    writeFileSync(model, JSON.stringify(config))
    const out = join(folder, 'out')
    const { code, err } = await flowsim('simulate', trace(), '--llm', model, '-o', out)
    expect(code).toBe(0)
    expect(err).toMatch(/graph\.json: sizes of 2 kernels \(66\.7 % of kernel time\) from /)
    const rows = parseCsv(readFileSync(join(out, 'kernels.csv'), 'utf8'))
    expect(rows.map(({ op, flops }) => [op, flops])).toEqual([
      ['matmul', String(2 * 32 * (8 + 4) * 32 * 256)],
      ['attention', ''],
      ['matmul', String(2 * 32 * 256 * 256)],
    ])
  })

  it.each(['simulate', 'analyze', 'run'])(
    '%s reads an unknown family with --generic',
    async (command) => {
      const model = join(folder, 'strange.json')
      writeFileSync(model, JSON.stringify({ ...config, model_type: 'never-heard-of' }))
      const output = command === 'analyze' ? [] : ['-o', join(folder, `generic-${command}`)]
      const args = [command, trace(), '--llm', model, ...output]
      const refused = await flowsim(...args)
      expect(refused.code).toBe(1)
      expect(refused.err).toContain('never-heard-of')
      const { code, err } = await flowsim(...args, '--generic')
      expect(code).toBe(0)
      expect(err).toContain('sizes of 2 kernels')
    },
  )

  it.each(['simulate', 'analyze', 'run'])('%s fetches nothing with --offline', async (command) => {
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'empty'))
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9')
    const output = command === 'analyze' ? [] : ['-o', join(folder, `offline-${command}`)]
    const args = [command, trace(), '--llm', 'org/name', '--offline', ...output]
    const { code, err } = await flowsim(...args)
    vi.unstubAllEnvs()
    expect(code).toBe(1)
    expect(err).toMatch(/^flowsim: org\/name: is not in the cache, and --offline fetches nothing/)
  })

  it('is refused with a model that is not known', async () => {
    const { code, err } = await flowsim('analyze', trace(), '--llm', 'no-such-model')
    expect(code).not.toBe(0)
    expect(err).toContain('no-such-model')
  })
})
