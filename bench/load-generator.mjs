// How many streamed tokens the load generator reads in a second of CPU time, and how exact its clock
// is. A server in a second process sends server-sent events, one token in each write.
//
//   node bench/load-generator.mjs [--protocol sglang|openai] [--streams 64] [--tokens 400]
//
// Needs a build (`npx -y pnpm@12.21.0 build`). Goal: 20,000 tokens a second on one core, error of the
// clock below 1 ms.
import { fork } from 'node:child_process'
import { createServer } from 'node:http'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

if (process.argv[2] === '--serve') serve()
else await main()

/** Steps like an engine: each step writes one token to every stream. */
function serve() {
  const streams = new Set()
  let stepMs = 0
  const server = createServer((request, response) => {
    if (request.url === '/sent') return response.end(JSON.stringify(sent))
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const parsed = JSON.parse(body)
      stepMs = Number(request.headers['x-step-ms'] ?? 0)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      const native = request.url === '/generate'
      const total = native ? parsed.sampling_params.max_new_tokens : parsed.max_tokens
      streams.add({ response, native, total, count: 0, id: request.headers['x-request'] })
      if (streams.size === 1) setTimeout(step, 5)
    })
  })
  const sent = []
  function step() {
    for (const stream of streams) {
      stream.count++
      const last = stream.count === stream.total
      const event = stream.native
        ? {
            text: ' token',
            meta_info: {
              id: 'a6c3e1',
              prompt_tokens: 32,
              completion_tokens: stream.count,
              cached_tokens: 0,
              finish_reason: last ? { type: 'length' } : null,
            },
          }
        : {
            id: 'cmpl-a6c3e1',
            object: 'text_completion',
            created: 1_700_000_000,
            model: 'm',
            choices: [
              { index: 0, text: ' token', logprobs: null, finish_reason: last ? 'length' : null },
            ],
            usage: {
              prompt_tokens: 32,
              completion_tokens: stream.count,
              total_tokens: 32 + stream.count,
            },
          }
      if (stepMs > 0) sent.push(performance.timeOrigin + performance.now())
      stream.response.write(`data: ${JSON.stringify(event)}\n\n`)
      if (last) {
        stream.response.end('data: [DONE]\n\n')
        streams.delete(stream)
      }
    }
    if (streams.size > 0) stepMs > 0 ? setTimeout(step, stepMs) : setImmediate(step)
  }
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
}

async function main() {
  const { values } = parseArgs({
    options: {
      protocol: { type: 'string', default: 'sglang' },
      streams: { type: 'string', default: '64' },
      tokens: { type: 'string', default: '400' },
    },
  })
  const { loadReport, randomRequests, runLoad } = await import(
    '../packages/profiler-runner/dist/index.js'
  )
  const server = fork(fileURLToPath(import.meta.url), ['--serve'])
  const port = await new Promise((resolve) => server.once('message', resolve))
  const url = `http://127.0.0.1:${port}`
  const run = async (count, outputTokens, headers = {}) => {
    const requests = randomRequests({ count, inputTokens: 32, outputTokens, seed: 1 })
    return runLoad({
      url,
      protocol: values.protocol,
      requests,
      headers,
    })
  }

  const streams = Number(values.streams)
  const tokens = Number(values.tokens)
  await run(streams, 50)
  const rates = []
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage()
    const result = await run(streams, tokens)
    const { user, system } = process.cpuUsage(before)
    const read = result.requests.reduce((sum, request) => sum + request.chunkTokens.length, 0)
    if (read !== streams * tokens)
      throw new Error(`${read} of ${streams * tokens} tokens were read`)
    rates.push(read / ((user + system) / 1e6))
    if (round === 0)
      console.log(`wall: ${Math.round(loadReport(result).report.outputTokensPerS)} tokens/s`)
  }
  rates.sort((a, b) => a - b)

  // The clock: the server notes when it writes each token of one stream. Both processes read the
  // machine's monotonic clock, so the difference is what the client's time stamp is late by.
  const startedAt = performance.timeOrigin + performance.now()
  const paced = await run(1, 500, { 'x-step-ms': '2' })
  const written = await (await fetch(`${url}/sent`)).json()
  const offset = paced.startedAtMs - startedAt
  const errors = paced.requests[0].chunkNs.map(
    (ns, index) => ns / 1e6 - (written[index] - startedAt) + offset,
  )
  // startedAtMs is a rounded wall-clock time; the smallest difference is taken as its error.
  const least = Math.min(...errors)
  const late = errors.map((error) => error - least).sort((a, b) => a - b)

  console.log(`cpu: ${cpus()[0].model}, ${cpus().length} cores; node ${process.version}`)
  console.log(`protocol ${values.protocol}, ${streams} streams of ${tokens} tokens`)
  console.log(
    `tokens per CPU second of the client: median ${Math.round(rates[2])}, least ${Math.round(rates[0])}`,
  )
  console.log(
    `time stamp late by: median ${late[250].toFixed(3)} ms, p99 ${late[495].toFixed(3)} ms`,
  )
  server.kill()
}
