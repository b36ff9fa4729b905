// simulate --backend http against FlowSim's service, and against one that speaks as the original does.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startServer } from '@flowsim/server'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { bundle } from '../../../../server/src/testing/built.js'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder, writeSettings } from '../../testing/folder.js'

const demo = fileURLToPath(
  new URL(
    '../../../../../examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz',
    import.meta.url,
  ),
)
let workerUrl: URL
beforeAll(async () => {
  workerUrl = await bundle('worker')
})
const folder = testFolder()

const simulate = (name: string, ...more: string[]) =>
  flowsim('simulate', demo, '--hardware', 'a100_sxm', '-o', join(folder, name), '--json', ...more)
const kernels = (name: string) => readFileSync(join(folder, name, 'kernels.csv'), 'utf8')

describe('simulate --backend http', () => {
  it.each([
    ['calibrated', []],
    ['tile', ['--mode', 'heuristic-GPU', '--l2', 'warm']],
  ])("gives by FlowSim's service what %s gives here, kernel by kernel", async (model, more) => {
    const token = 'a-token-of-some-length'
    const server = await startServer({ port: 0, workers: 1, token, workerUrl })
    try {
      const here = await simulate('here', '--model', model, ...more)
      expect(here.code).toBe(0)
      writeSettings(folder, `simulate: { apiUrl: "${server.url}" }\n`)
      vi.stubEnv('FLOWSIM_SIMULATE_API_TOKEN', token)
      const there = await simulate('there', '--model', model, ...more, '--backend', 'http')
      expect(there).toMatchObject({ code: 0 })
      expect(kernels('there')).toBe(kernels('here'))
      const { predicted } = JSON.parse(there.out) as { predicted: unknown }
      expect(predicted).toEqual((JSON.parse(here.out) as { predicted: unknown }).predicted)
      expect(existsSync(join(folder, 'there.answers.jsonl'))).toBe(false)
    } finally {
      await server.close()
    }
  })

  it('asks the original for what it knows, in its words, and goes on where it was cut off', async () => {
    const asked: { op: string; input_dim: unknown; dtype: unknown; model?: string }[] = []
    const looked = new Set<string>()
    const held: (() => void)[] = []
    let refusing = true
    const backend = createServer(async (request, response) => {
      const send = (body: unknown) => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(body))
      }
      if (request.url === '/supported_ops') {
        return send({ supported_ops: ['gelu', 'layernorm', 'matmul', 'softmax'] })
      }
      if (request.url === '/openapi.json') return send({ info: { title: 'FastAPI' } })
      if (request.method === 'GET') {
        looked.add(request.url!.split('/t').at(-1)!)
        for (const go of held.splice(0)) go()
        const result = { status: 'success', output: { summary: '' }, simulated_time: 1e-4 }
        return send({ task_id: request.url!.split('/').at(-1), status: 'done', result })
      }
      let body = ''
      for await (const chunk of request) body += String(chunk)
      if (refusing && asked.length >= 3) {
        // It refuses once a task has been looked at: what is known of that one must not be lost.
        if (looked.size === 0) await new Promise<void>((go) => held.push(go))
        response.statusCode = 401
        return response.end()
      }
      asked.push(JSON.parse(body))
      send({ task_id: `t${asked.length}`, status: 'queued' })
    })
    await new Promise<void>((done) => backend.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`
    try {
      const asks = ['--backend', 'http', '--api-url', url, '--absolute']
      const cut = await simulate('out', ...asks)
      expect(cut.code).toBe(1)
      expect(cut.err).toMatch(/out\.answers\.jsonl: the same command goes on from there/)
      const known = [...looked].map((index) => asked[Number(index) - 1]!.input_dim)
      expect(known.length).toBeGreaterThan(0)
      refusing = false
      asked.splice(0)
      const { code, out } = await simulate('out', ...asks)
      expect(code).toBe(0)
      expect(asked.length).toBeGreaterThan(3)
      for (const dimensions of known) {
        expect(asked.map(({ input_dim }) => input_dim)).not.toContainEqual(dimensions)
      }
      expect(asked.every(({ op, model }) => op === 'matmul' && model === undefined)).toBe(true)
      expect(asked[0]!.dtype).toEqual(['c10::BFloat16', 'c10::BFloat16'])
      const { byOp } = JSON.parse(out) as { byOp: { op: string; count: number; mape: unknown }[] }
      expect(byOp.find(({ op }) => op === 'matmul')!.mape).not.toBeNull()
      // What it has no word for has no prediction.
      expect(byOp.find(({ op }) => op === 'attention')!.mape).toBeNull()
      expect(existsSync(join(folder, 'out.answers.jsonl'))).toBe(false)
    } finally {
      backend.close()
    }
  })

  it('needs a service', async () => {
    const { code, err } = await simulate('out', '--backend', 'http')
    expect(code).toBe(2)
    expect(err).toMatch(/needs --api-url/)
    const own = await simulate('out', '--backend', 'http', '--profile', 'mine.json')
    expect(own).toMatchObject({ code: 2, err: expect.stringMatching(/leave out --profile/) })
  })
})
