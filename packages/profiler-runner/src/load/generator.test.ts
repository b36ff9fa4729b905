import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningStandIn, startStandIn } from '../testing/stand-in.js'
import { arrivalTimesNs } from './arrivals.js'
import { type LoadOptions, type RequestMeasurement, runLoad } from './generator.js'
import { loadReport } from './metrics.js'
import type { ProtocolName } from './protocols.js'
import { randomRequests } from './requests.js'

function load(
  url: string,
  protocol: ProtocolName,
  count: number,
  more: Partial<LoadOptions> = {},
): Promise<RequestMeasurement[]> {
  const requests = randomRequests({
    count,
    inputTokens: [8, 32],
    outputTokens: 6,
    seed: 1,
    asText: protocol === 'openai-chat',
  })
  return runLoad({ url, protocol, requests, ...more }).then((result) => result.requests)
}

describe('runLoad against an engine', () => {
  let engine: RunningStandIn
  beforeAll(async () => {
    engine = await startStandIn('--prefill-ms', '8', '--token-ms', '4')
  })
  afterAll(() => engine.stop())

  for (const protocol of ['sglang', 'openai', 'openai-chat'] as const) {
    it(`measures every token of ${protocol}`, async () => {
      const requests = await load(engine.url, protocol, 12)
      for (const request of requests) {
        expect(request.error).toBeNull()
        expect(request.outputTokens).toBe(6)
        expect(request.chunkTokens).toEqual([1, 2, 3, 4, 5, 6])
        expect(request.firstTokenNs).toBe(request.chunkNs[0])
        const times = [request.sentNs, ...request.chunkNs, request.finishedNs]
        expect(times).toEqual([...times].sort((a, b) => a - b))
        expect(request.inputTokens).toBeGreaterThanOrEqual(8)
      }
    })
  }

  it('counts by chunks where the server does not count in each event', async () => {
    const requests = await load(engine.url, 'openai', 2, { extensions: false })
    expect(requests.map((request) => request.chunkTokens)).toEqual([
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
    ])
    expect(requests[0]!.inputTokens).toBeGreaterThanOrEqual(8)
  })

  it('keeps to the concurrency limit; in a closed loop a request is due when it is sent', async () => {
    const requests = await load(engine.url, 'sglang', 10, { maxConcurrency: 2 })
    expect(requests.map(({ arrivalNs }) => arrivalNs)).toEqual(requests.map(({ sentNs }) => sentNs))
    expect(requests[9]!.arrivalNs).toBeGreaterThan(requests[0]!.finishedNs)
    const edges = requests.flatMap(({ sentNs, finishedNs }) => [
      [sentNs, 1],
      [finishedNs, -1],
    ])
    edges.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!)
    let running = 0
    const peak = Math.max(...edges.map(([, step]) => (running += step!)))
    expect(peak).toBe(2)
  })

  it('sends each request when it is due, and not before', async () => {
    const arrivalsNs = arrivalTimesNs({ kind: 'constant', ratePerS: 100 }, 20)
    const requests = await load(engine.url, 'sglang', 20, { arrivalsNs })
    for (const [index, request] of requests.entries()) {
      expect(request.arrivalNs).toBe(arrivalsNs[index])
      expect(request.sentNs).toBeGreaterThanOrEqual(arrivalsNs[index]!)
    }
    const late = requests.map((r) => r.sentNs - r.arrivalNs).sort((a, b) => a - b)
    // How exact it is on an idle machine, bench/load-generator.mjs measures.
    expect(late[10]).toBeLessThan(50e6)
  })

  it('takes the waiting for the limit into account where requests are due by the clock', async () => {
    const more = { maxConcurrency: 1, arrivalsNs: [0, 0, 0] }
    const requests = await load(engine.url, 'openai', 3, more)
    for (const [index, { arrivalNs, sentNs }] of requests.entries()) {
      expect(arrivalNs).toBe(0)
      if (index > 0) expect(sentNs).toBeGreaterThan(requests[index - 1]!.finishedNs)
    }
  })

  it('takes the URL with and without /v1', async () => {
    const [request] = await load(`${engine.url}/v1/`, 'openai', 1)
    expect(request!.error).toBeNull()
  })

  it('is given up with its signal', async () => {
    const signal = AbortSignal.timeout(100)
    await expect(load(engine.url, 'sglang', 2000, { maxConcurrency: 1, signal })).rejects.toThrow(
      'interrupted',
    )
  })
})

describe('runLoad against faults', () => {
  const errorsOf = async (protocol: ProtocolName, count: number, ...faults: string[]) => {
    const engine = await startStandIn(...faults.flatMap((fault) => ['--fault', fault]))
    try {
      const requests = await load(engine.url, protocol, count, {
        maxConcurrency: 1,
        timeoutMs: 3000,
      })
      return requests.map((request) => request.error?.type ?? 'ok')
    } finally {
      await engine.stop()
    }
  }

  it('records HTTP errors, broken streams and errors inside a stream', async () => {
    expect(await errorsOf('openai', 4, 'http-500=2')).toEqual([
      'ok',
      'http_status',
      'ok',
      'http_status',
    ])
    expect(await errorsOf('sglang', 4, 'half-stream=2')).toEqual([
      'ok',
      'incomplete_stream',
      'ok',
      'incomplete_stream',
    ])
    expect(await errorsOf('openai-chat', 2, 'error-in-stream=2')).toEqual(['ok', 'server_error'])
  })

  it('gives up a request that is never answered', async () => {
    expect(await errorsOf('sglang', 3, 'hang=2')).toEqual(['ok', 'timeout', 'ok'])
  })

  it('goes on when the server dies', async () => {
    expect(await errorsOf('sglang', 4, 'crash-at-request=3')).toEqual([
      'ok',
      'ok',
      'connection',
      'connection',
    ])
  })
})

describe('the clock', () => {
  it('stamps a token within a millisecond of its arrival', async () => {
    const writtenMs: number[] = []
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      const timer = setInterval(() => {
        const count = writtenMs.length + 1
        const last = count === 50
        const meta = { completion_tokens: count, finish_reason: last ? { type: 'stop' } : null }
        writtenMs.push(performance.timeOrigin + performance.now())
        response.write(`data: ${JSON.stringify({ text: 'a', meta_info: meta })}\n\n`)
        if (last) {
          clearInterval(timer)
          response.end()
        }
      }, 4)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const requests = randomRequests({ count: 1, inputTokens: 4, outputTokens: 50, seed: 1 })
    const before = performance.timeOrigin + performance.now()
    const result = await runLoad({ url, protocol: 'sglang', requests })
    server.close()
    // The run starts some time after `before`; intervals between tokens do not depend on when.
    const { chunkNs } = result.requests[0]!
    expect(chunkNs).toHaveLength(50)
    const offsets = chunkNs.map((ns, index) => ns / 1e6 - (writtenMs[index]! - before))
    const middle = [...offsets].sort((a, b) => a - b)[25]!
    const errors = offsets.map((offset) => Math.abs(offset - middle)).sort((a, b) => a - b)
    expect(errors[25]).toBeLessThan(1)
  })
})

describe('loadReport', () => {
  const request = (over: Partial<RequestMeasurement>): RequestMeasurement => ({
    id: '0',
    arrivalNs: 0,
    sentNs: 1e6,
    firstTokenNs: 100e6,
    finishedNs: 400e6,
    chunkNs: [100e6, 200e6, 400e6],
    chunkTokens: [1, 2, 4],
    requestedOutputTokens: 4,
    inputTokens: 10,
    cachedTokens: null,
    outputTokens: 4,
    error: null,
    ...over,
  })

  it('computes TTFT from arrival, TPOT over the tokens after the first, ITL for each token', () => {
    const { report, clientWait } = loadReport({
      protocol: 'openai',
      startedAtMs: 0,
      durationNs: 1e9,
      requests: [request({})],
    })
    expect(report.ttft?.meanS).toBeCloseTo(0.1)
    expect(report.e2e?.meanS).toBeCloseTo(0.4)
    expect(report.tpot?.meanS).toBeCloseTo(0.1)
    expect(report.itl).toMatchObject({ count: 3, p50S: 0.1, maxS: 0.1 })
    expect(report.outputTokensPerS).toBe(4)
    expect(clientWait?.meanS).toBeCloseTo(0.001)
  })

  it('interpolates percentiles between ranks, as NumPy does', () => {
    const requests = [10, 20, 30, 40].map((ms) => request({ firstTokenNs: ms * 1e6 }))
    const { report } = loadReport({ protocol: 'openai', startedAtMs: 0, durationNs: 1e9, requests })
    expect(report.ttft?.p50S).toBeCloseTo(0.025)
    expect(report.ttft?.p90S).toBeCloseTo(0.037)
    expect(report.ttft?.p99S).toBeCloseTo(0.0397)
  })

  it('counts as goodput what meets every limit, and failures as missed', () => {
    const error = { type: 'http_status', message: 'HTTP 500' } as const
    const requests = [request({}), request({ firstTokenNs: 300e6 }), request({ error })]
    const result = { protocol: 'openai', startedAtMs: 0, durationNs: 1e9, requests } as const
    const { report, errors } = loadReport({ ...result, requests }, { ttftS: 0.2, e2eS: 0.5 })
    expect(report.goodput).toEqual({ requestsPerS: 1, attainment: 1 / 3 })
    expect(report.requests).toMatchObject({ completed: 2, rejected: 1 })
    expect(errors).toEqual([{ type: 'http_status', count: 1, example: 'HTTP 500' }])
  })
})
