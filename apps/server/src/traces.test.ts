import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { simulationSummarySchema } from '@flowsim/trace-schema/zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { type RunningServer, startServer } from './server.js'
import { askServer } from './testing/ask.js'
import { bundle } from './testing/built.js'

let server: RunningServer
beforeAll(async () => {
  server = await startServer({ port: 0, workers: 1, workerUrl: await bundle('worker') })
})
afterAll(() => server.close())

const upload = (body: Buffer | string, query = '') =>
  askServer(server, `/v1/traces?wait=true${query}`, {
    method: 'POST',
    body: body as BodyInit,
  })

// Two GEMMs of 4096³ in bf16, 200 µs each, on an H100.
const device = {
  id: 0,
  name: 'NVIDIA H100 80GB HBM3',
  numSms: 132,
  computeMajor: 9,
  computeMinor: 0,
}
const trace = JSON.stringify({
  schemaVersion: 1,
  deviceProperties: [device],
  distributedInfo: { backend: 'nccl', rank: 0, world_size: 1 },
  traceEvents: [1, 2].flatMap((id) => {
    const ts = id * 1000
    const args = { 'External id': id, correlation: id }
    const dims = [
      [4096, 4096],
      [4096, 4096],
    ]
    const type = ['c10::BFloat16', 'c10::BFloat16']
    return [
      {
        ph: 'X',
        cat: 'cpu_op',
        name: 'aten::mm',
        pid: 1,
        tid: 1,
        ts,
        dur: 20,
        args: { 'External id': id, 'Input Dims': dims, 'Input type': type },
      },
      {
        ph: 'X',
        cat: 'cuda_runtime',
        name: 'cudaLaunchKernel',
        pid: 1,
        tid: 1,
        ts: ts + 5,
        dur: 5,
        args,
      },
      {
        ph: 'X',
        cat: 'kernel',
        name: 'nvjet_tst_128x256_64x4_2x1_v_bz_coopA_NNT',
        pid: 0,
        tid: 7,
        ts: ts + 50,
        dur: 200,
        args: { ...args, device: 0, stream: 7 },
      },
    ]
  }),
})

describe('uploaded traces', () => {
  it('are parsed and simulated, plain and compressed, on the device that they name', async () => {
    for (const body of [trace, gzipSync(trace)]) {
      const { status, body: task } = await upload(body, '&name=two.json&model=roofline')
      expect(status).toBe(200)
      expect(task).toMatchObject({
        status: 'done',
        result: {
          trace: {
            schema: 'flowsim.parse-summary/1',
            source: 'two.json',
            rank: 0,
            kernels: { count: 2, sumNs: 400_000 },
            known: { timeShare: 1 },
          },
          simulation: {
            hardware: 'h100_sxm',
            model: 'roofline',
            measured: { kernelSumNs: 400_000, busyNs: 400_000, endToEndNs: 1_200_000 },
            byOp: [{ op: 'matmul', count: 2, measuredNs: 400_000 }],
            unanswered: { count: 0 },
          },
        },
      })
    }
  })

  it('are simulated on other hardware when asked', async () => {
    const times = await Promise.all(
      ['a100_sxm', 'h100_sxm', 'b200_sxm'].map(async (hardware) => {
        const { body } = await upload(trace, `&hardware=${hardware}&model=roofline`)
        const { simulation } = body.result as { simulation: { predicted: { kernelSumNs: number } } }
        return simulation.predicted.kernelSumNs
      }),
    )
    expect(times).toEqual([...times].sort((a, b) => b - a))
    expect(times[0]).toBeGreaterThan(1.5 * times[1]!)
  })

  it('have a report, and keep nothing of the upload', async () => {
    const { body } = await upload(trace, '&name=two.json')
    const report = await askServer(server, `/v1/traces/${body.id}/report`)
    expect(report.headers.get('content-type')).toMatch(/text\/html/)
    expect(report.body.text).toMatch(/two\.json/)
    expect((await askServer(server, '/v1/traces/..%2f..%2fx/report')).status).toBe(404)
  })

  it('of devices that are not in the catalogue are parsed, and predicted elsewhere if asked', async () => {
    const other = trace.replace(device.name, 'Some GPU').replace('132', '17')
    const { body } = await upload(other)
    expect(body.result).toMatchObject({ trace: { device: 'Some GPU' }, simulation: null })
    const elsewhere = await upload(other, '&hardware=h100_sxm')
    expect(elsewhere.body.result).toMatchObject({ simulation: { hardware: 'h100_sxm' } })
  })

  it('that are none, or name what there is not one of, fail with the reason', async () => {
    const reason = async (body: string, query = '') => {
      const { status, body: task } = await upload(body, query)
      expect([status, task.status]).toEqual([422, 'failed'])
      return (task.result as { error: string }).error
    }
    expect(await reason('{"a":1}', '&name=x.json')).toMatch(/x\.json/)
    expect(await reason(trace.slice(0, -20), '&name=cut.json')).toMatch(/cut\.json/)
    expect(await reason(trace, '&hardware=h1000')).toMatch(/not in the hardware catalogue/)
    expect(await reason(trace, '&model=m')).toMatch(/"m" is not known/)
    expect((await upload('')).status).toBe(422)
    const perhaps = await askServer(server, '/v1/traces?wait=perhaps', {
      method: 'POST',
      body: trace,
    })
    expect(perhaps).toMatchObject({
      status: 422,
      body: { detail: 'wait: value could not be parsed to a boolean' },
    })
  })

  it('that hold no kernels fail as the commands do, also on hardware that is asked for', async () => {
    for (const body of ['[]', '{"traceEvents":[]}']) {
      for (const query of ['', '&hardware=h100_sxm']) {
        expect(await upload(body, `&name=x.json${query}`)).toMatchObject({
          status: 422,
          body: {
            status: 'failed',
            result: {
              code: 'no_kernels',
              error: expect.stringMatching(/^x\.json: holds no kernels; profile with activities=/),
            },
          },
        })
      }
    }
  })

  it('are accepted at once and asked for later when nobody waits', async () => {
    const { status, body } = await askServer(server, '/v1/traces', { method: 'POST', body: trace })
    expect(status).toBe(202)
    for (;;) {
      const { status: now, body: task } = await askServer(server, `/v1/traces/${body.id}`)
      if (now === 200) {
        expect(task.status).toBe('done')
        break
      }
      expect(now).toBe(202)
    }
    expect((await askServer(server, `/tasks/${body.id}`)).status).toBe(404)
  })
})

describeWithCorpus('real traces', () => {
  for (const name of readdirSync(corpus('traces'))) {
    it(`${name} is simulated`, async () => {
      const { body } = await upload(readFileSync(corpus(`traces/${name}`)), '&hardware=h100_sxm')
      expect(body.status, JSON.stringify(body.result)).toBe('done')
      const { simulation, trace: about } = body.result as {
        simulation: unknown
        trace: { known: { timeShare: number } }
      }
      const summary = simulationSummarySchema.parse(simulation)
      const { endToEndNs, endToEndP10Ns, endToEndP90Ns } = summary.predicted
      const { answered, transfers, measured } = summary
      const known = answered.measuredNs + transfers.answered.measuredNs
      if (known < 0.8 * (measured.kernelSumNs + transfers.measuredNs)) expect(endToEndNs).toBeNull()
      else {
        expect(endToEndNs).toBeGreaterThan(0)
        expect(endToEndP10Ns).toBeLessThanOrEqual(endToEndP90Ns!)
      }
      expect(about.known.timeShare).toBeGreaterThan(0.95)
      const report = await askServer(server, `/v1/traces/${body.id}/report`)
      expect(report.body.text).toMatch(/^<!doctype html>[\s\S]*flowsim-data/)
    })
  }
})
