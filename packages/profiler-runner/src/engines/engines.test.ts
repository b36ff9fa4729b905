// How engines are told to trace the capture of their graphs, by version.
import { describe, expect, it } from 'vitest'
import type { ServerSpec } from './engine.js'
import { ENGINES } from './index.js'

const spec = (more: Partial<ServerSpec> = {}): ServerSpec => ({
  ...{ args: [], host: '127.0.0.1', port: 8000, traceDir: '/t', eager: false },
  ...{ recordShapes: true, withStack: false, captureGraphs: true },
  ...more,
})

describe('vLLM', () => {
  const { vllm } = ENGINES
  const config = (made: ServerSpec) => {
    const command = vllm.command(made)
    return JSON.parse(command[command.indexOf('--profiler-config') + 1]!) as object
  }

  it('is asked by its profiler configuration, and not in other runs', () => {
    expect(config(spec({ version: '0.26.0' }))).toMatchObject({ capture_torch_profiler: true })
    expect(config(spec({ captureGraphs: false }))).not.toHaveProperty('capture_torch_profiler')
    expect(vllm.captureFolder).toBe('capture_traces')
  })

  it.each(['0.12.0', '0.14.1', '0.25.3'])(
    '%s does not know how, and the reason is given',
    (version) => {
      expect(vllm.captureFault(spec({ version }))).toMatch(/it does from 0\.26 on$/)
    },
  )

  it.each(['0.26.0', '0.27.1rc1', '1.0.0', undefined])('%s is taken at its word', (version) => {
    expect(vllm.captureFault(spec({ version }))).toBeNull()
  })

  it("leaves a user's own configuration alone, and says what to add to it", () => {
    const given = spec({ args: ['--profiler-config', '{}'] })
    expect(vllm.captureFault(given)).toContain('"capture_torch_profiler": true')
  })
})

describe('SGLang', () => {
  const { sglang } = ENGINES

  it('is asked by an option and a variable, once', () => {
    const option = '--enable-profile-cuda-graph'
    const count = (made: ServerSpec) =>
      sglang.command(made).filter((word) => word === option).length
    expect([count(spec()), count(spec({ args: [option] }))]).toEqual([1, 1])
    expect(count(spec({ captureGraphs: false }))).toBe(0)
    expect(sglang.environment(spec())).toMatchObject({ SGLANG_GRAPH_BATCH_CAPTURE: '1' })
    expect(sglang.environment(spec({ captureGraphs: false }))).not.toHaveProperty(
      'SGLANG_GRAPH_BATCH_CAPTURE',
    )
  })
})
