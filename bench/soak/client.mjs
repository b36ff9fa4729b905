// The clients of the soak test: what they send, and what they may be answered.
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'

/** One exchange; rejects when the connection breaks. */
export async function exchange(options) {
  try {
    return await attempt(options)
  } catch (error) {
    // The service closed an idle connection in the moment in which it was used again.
    const isStale = error.reused && ['ECONNRESET', 'EPIPE'].includes(error.code)
    if (isStale) return attempt({ ...options, agent: false })
    throw error
  }
}

function attempt({ agent, url, method = 'GET', path, body, headers = {} }) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url + path, { agent, method, headers }, (response) => {
      const parts = []
      response.on('data', (part) => parts.push(part))
      response.on('end', () => {
        if (!response.complete) return reject(new Error('the answer was cut off'))
        resolve({ status: response.statusCode, text: Buffer.concat(parts).toString() })
      })
      response.on('error', reject)
    })
    request.on('error', (error) => reject(Object.assign(error, { reused: request.reusedSocket })))
    request.end(body)
  })
}

/** A matmul; of `shapes` different ones, so that some answers are known and some are not. */
export function matmul(random, shapes) {
  const m = 1 + Math.floor(random() * shapes)
  return {
    kernel_name: `kernel_${m}`,
    op: 'matmul',
    input_dim: [
      [m, 4096],
      [4096, 4096],
    ],
    dtype: ['c10::BFloat16'],
    system_key: 'A100_4_fp16',
  }
}

/** A batch of estimates, one of which cannot be. */
export function batch(random) {
  const calls = Array.from({ length: 20 }, () => ({
    op: 'matmul',
    m: 1 + Math.floor(random() * 8192),
    n: 4096,
    k: 4096,
    dtype: 'bf16',
  }))
  return { hardware: 'h100_sxm', calls: [...calls, { op: 'matmul', m: -1 }] }
}

/** A trace of a few kernels. */
export function trace(random) {
  const kernels = 1 + Math.floor(random() * 50)
  const events = Array.from({ length: kernels }, (_, i) => ({
    ph: 'X',
    cat: 'kernel',
    name: `ampere_bf16_s16816gemm_bf16_128x128_ldg8_f2f_stages_32x5_tn_${i}`,
    pid: 0,
    tid: 7,
    ts: i * 20,
    dur: 10,
    args: { device: 0, stream: 7, grid: [i + 1, 1, 1], block: [128, 1, 1] },
  }))
  return JSON.stringify({
    deviceProperties: [{ id: 0, name: 'NVIDIA H100 80GB HBM3' }],
    traceEvents: events,
  })
}

const BODIES = [
  () => '',
  () => '{',
  () => 'null',
  () => '[]',
  () => '['.repeat(5000) + ']'.repeat(5000),
  () => '{"kernel_name": "x", "op": "matmul", "input_dim": [[1e308, 4096], [4096, -1]]}',
  () => `{"kernel_name": "${'x'.repeat(1 << 20)}", "op": "matmul"}`,
  (random) => Buffer.from(Array.from({ length: 300 }, () => Math.floor(random() * 256))),
  () => '{"hardware": "h100_sxm", "calls": [{"op": "moe", "experts": 9007199254740991}]}',
  () => '{"hardware": 1, "calls": {}}',
  () => `{"hardware": "${'h'.repeat(100_000)}", "calls": [{}]}`,
]
const PATHS = [
  '/tasks',
  '/tasks?wait=true&timeout=-1',
  '/v1/estimate',
  '/v1/traces?wait=true',
  '/no',
]

/** A request that no client should make. */
export function garbage(random) {
  const pick = (list) => list[Math.floor(random() * list.length)]
  return { method: 'POST', path: pick(PATHS), body: pick(BODIES)(random) }
}

/** A client that begins a request, sends a byte a second, and goes away after `ms`. */
export function slowClient(port, ms) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const timer = setInterval(() => socket.write('x'), 1000)
    const end = () => {
      clearInterval(timer)
      socket.destroy()
      resolve()
    }
    socket.on('error', end)
    socket.on('close', end)
    setTimeout(end, ms)
    socket.write('POST /tasks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000\r\n\r\n{"')
  })
}
