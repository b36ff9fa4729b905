// Load test of the service: tasks a second, lost tasks, memory, and kill -9 in the middle.
//
//   node bench/service.mjs [--tasks 100000] [--shapes 100] [--distinct] [--bytes 0] [--kill]
//
// By default the tasks are decode matmuls of common models (m from 1 to 64, the n and k of their
// weights), as a trace holds them: few shapes, asked for often. --distinct makes every task another
// shape, so that no answer is known before. --bytes makes each request larger by so much. --kill kills the service half-way and starts it again.
// The service runs in its own process with an SQLite store, and keeps all tasks to be counted. Needs a
// build (`npx -y pnpm@12.21.0 build`). Goal: 2,000 tasks a second on two cores, none lost, memory flat.
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

if (process.argv[2] === '--serve') await serve(process.argv[3])
else await main()

async function serve(storePath) {
  const { startServer } = await import('../apps/server/dist/index.js')
  const server = await startServer({ port: 0, storePath, keepTasks: 1_000_000, keepBytes: 1e12 })
  process.send({ url: server.url, resumed: server.resumed })
  setInterval(() => {
    const { user, system } = process.cpuUsage()
    process.send({
      rss: process.memoryUsage.rss(),
      heap: process.memoryUsage().heapUsed,
      cpuS: (user + system) / 1e6,
    })
  }, 500).unref()
}

async function main() {
  const { values } = parseArgs({
    options: {
      tasks: { type: 'string', default: '100000' },
      distinct: { type: 'boolean', default: false },
      bytes: { type: 'string', default: '0' },
      kill: { type: 'boolean', default: false },
      connections: { type: 'string', default: '64' },
    },
  })
  const count = Number(values.tasks)
  const folder = mkdtempSync(join(tmpdir(), 'flowsim-bench-'))
  const storePath = join(folder, 'tasks.db')
  const connections = Number(values.connections)
  const padding = '_'.repeat(Number(values.bytes))
  console.log(`cpu: ${cpus()[0].model}, ${availableParallelism()} cores; node ${process.version}`)

  const samples = []
  const start = () =>
    new Promise((resolve) => {
      const child = fork(fileURLToPath(import.meta.url), ['--serve', storePath])
      child.on('message', (message) => {
        if (message.url) resolve({ child, ...message })
        else samples.push(message)
      })
    })
  let service = await start()
  let agent = new Agent({ keepAlive: true, maxSockets: connections })
  const ask = (method, path, body) => exchange(agent, service.url, method, path, body)

  const accepted = new Map()
  let refused = 0
  let next = 0
  let killed = false
  const submit = async () => {
    while (next < count) {
      const index = next++
      const body = JSON.stringify(task(index, values.distinct, padding))
      for (;;) {
        try {
          const { status, body: answer } = await ask('POST', '/tasks', body)
          if (status === 200) {
            accepted.set(answer.task_id, index)
            break
          }
          refused++
          await delay(50)
        } catch (error) {
          if (!killed) throw error
          await restarted
        }
      }
      if (values.kill && !killed && index >= count / 2) {
        killed = true
        service.child.kill('SIGKILL')
        restarted = (async () => {
          agent.destroy()
          service = await start()
          agent = new Agent({ keepAlive: true, maxSockets: connections })
          console.log(`killed after ${accepted.size} tasks; ${service.resumed} run again`)
        })()
      }
    }
  }
  let restarted = Promise.resolve()

  const began = performance.now()
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: connections }, submit))
  const submittedS = (performance.now() - began) / 1000
  // Done when nothing waits or runs.
  for (;;) {
    const { body } = await ask('GET', '/health')
    if (body.task_counts.queued + body.task_counts.running === 0) break
    await delay(20)
  }
  const doneS = (performance.now() - began) / 1000
  const client = process.cpuUsage(before)
  const serviceCpuS = samples.at(-1)?.cpuS ?? 0

  const ids = [...accepted.keys()]
  let lost = 0
  let wrong = 0
  let at = 0
  const readBegan = performance.now()
  const check = async () => {
    while (at < ids.length) {
      const { status, body } = await ask('GET', `/tasks/${ids[at++]}`)
      if (status !== 200 || body.status !== 'done') lost++
      else if (!(body.result.simulated_time > 0)) wrong++
    }
  }
  await Promise.all(Array.from({ length: connections }, check))
  const readS = (performance.now() - readBegan) / 1000

  console.log(
    `${count} matmul tasks, ${values.distinct ? 'all of different shapes' : 'decode shapes of common models'}`,
  )
  console.log(`accepted ${accepted.size}, refused for a full queue and sent again ${refused}`)
  console.log(
    `submitted in ${submittedS.toFixed(1)} s, done in ${doneS.toFixed(1)} s: ${Math.round(count / doneS)} tasks/s`,
  )
  console.log(
    `read back at ${Math.round(ids.length / readS)} tasks/s; lost ${lost}, wrong ${wrong}`,
  )
  console.log(
    `CPU: service ${serviceCpuS.toFixed(1)} s, this client ${((client.user + client.system) / 1e6).toFixed(1)} s`,
  )
  const rss = samples.map((sample) => sample.rss / 2 ** 20)
  const part = (from, to) => {
    const slice = rss.slice(Math.floor(rss.length * from), Math.max(1, Math.ceil(rss.length * to)))
    return Math.round(Math.max(...slice))
  }
  console.log(
    `service memory (MiB, peak of each quarter): ${[0, 0.25, 0.5, 0.75].map((q) => part(q, q + 0.25)).join(', ')}`,
  )
  console.log(`store: ${(statSync(storePath).size / 2 ** 20).toFixed(1)} MiB`)
  agent.destroy()
  service.child.kill()
  rmSync(folder, { recursive: true })
  process.exit(lost + wrong + (accepted.size === count ? 0 : 1) === 0 ? 0 : 1)
}

function task(index, distinct, padding) {
  // Weights (n, k) of Llama 3.1 8B and 70B, Qwen 2.5 7B and DeepSeek V3.
  const weights = [
    [6144, 4096],
    [4096, 4096],
    [28672, 4096],
    [4096, 14336],
    [10240, 8192],
    [8192, 8192],
    [57344, 8192],
    [8192, 28672],
    [4608, 3584],
    [3584, 3584],
    [37888, 3584],
    [3584, 18944],
    [2112, 7168],
    [24576, 1536],
    [7168, 16384],
    [36864, 7168],
    [7168, 18432],
    [4096, 7168],
    [7168, 2048],
  ]
  const rows = [1, 2, 4, 8, 16, 32, 64]
  const [n, k] = weights[index % weights.length]
  const m = distinct ? 1 + (index % 64) : rows[Math.floor(index / weights.length) % rows.length]
  const wide = distinct ? n + 8 * Math.floor(index / 64) : n
  return {
    kernel_name: `kernel_${index % 1000}${padding}`,
    op: 'matmul',
    input_dim: [
      [m, k],
      [k, wide],
    ],
    dtype: ['c10::BFloat16', 'c10::BFloat16'],
    system_key: 'A100_4_fp16',
  }
}

/** One exchange on Node's own client: the bench needs nothing installed beside the build. */
function exchange(agent, url, method, path, body) {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const request = httpRequest(url + path, { agent, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => {
        if (response.complete) resolve({ status: response.statusCode, body: JSON.parse(text) })
        else reject(new Error('the answer was cut off'))
      })
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
