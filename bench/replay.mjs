// How fast a graph is built and replayed: a synthetic trace of a million kernels, CPU seconds on one core.
//
//   node bench/replay.mjs [--kernels 1000000] [--rounds 7] [--json]
//
// Needs a build (`npx -y pnpm@12.21.0 build`). The trace is that of an eager decode loop: one thread
// launches to one stream, every 200th kernel to a second stream with an event in between, a
// synchronisation every 2000 kernels. Goal: a what-if replays at least a million kernels a second; the
// graph of a million kernels is built in seconds. The baseline is what other simulators call end to end:
// the plain sum of the durations.
import { parseArgs } from 'node:util'
import { buildGraph, criticalPath, replay } from '../packages/replay/dist/index.js'

const { values: flags } = parseArgs({
  options: {
    kernels: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
  },
})
const count = Number(flags.kernels)
const rounds = Number(flags.rounds)

/** A trace of `count` kernels with their launches, reproducible. */
function syntheticTrace(count) {
  const kernels = new Array(count)
  const hostCalls = []
  let seed = 12345
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0
    return (seed >>> 0) / 4294967296
  }
  const names = Array.from({ length: 60 }, (_, i) => `kernel_${i}<bf16, ${i % 7}>(args)`)
  const place = { pid: 100, tid: 100 }
  let host = 0
  const free = [0, 0]
  for (let i = 0; i < count; i++) {
    const crosses = i % 200 === 199
    if (crosses) {
      hostCalls.push({
        api: 'cudaEventRecord',
        ...place,
        startNs: host,
        durationNs: 300,
        correlation: 4 * i + 1,
      })
      hostCalls.push({
        api: 'cudaStreamWaitEvent',
        ...place,
        startNs: host + 400,
        durationNs: 300,
        correlation: 4 * i + 2,
        stream: 20,
        waitsForStream: 7,
        waitsForCorrelation: 4 * i + 1,
      })
      host += 800
    }
    const launchNs = 2500 + Math.floor(1000 * random())
    const launch = { api: 'cudaLaunchKernel', ...place, startNs: host, durationNs: launchNs }
    hostCalls.push({ ...launch, correlation: 4 * i })
    host += launchNs + 1000 + Math.floor(2000 * random())
    const stream = crosses ? 1 : 0
    const after = crosses ? Math.max(free[0], free[1]) : free[0]
    const startNs = Math.max(launch.startNs + launchNs + 1300, after + 1100)
    const durationNs = 2000 + Math.floor(6000 * random())
    free[stream] = startNs + durationNs
    kernels[i] = {
      kind: 'kernel',
      name: names[i % 60],
      device: 0,
      stream: crosses ? 20 : 7,
      startNs,
      durationNs,
      correlation: 4 * i,
      launch,
      shapesFrom: 'none',
    }
    if (i % 2000 === 1999) {
      const endNs = Math.max(host + 3000, free[0] + 4000)
      hostCalls.push({
        api: 'cudaStreamSynchronize',
        ...place,
        startNs: host,
        durationNs: endNs - host,
        correlation: 4 * i + 3,
        stream: 7,
      })
      host = endNs + 20_000
    }
  }
  kernels.sort((a, b) => a.startNs - b.startNs)
  return {
    schema: 'flowsim.kernel-trace/1',
    source: 'synthetic',
    format: 'kineto',
    producer: {},
    devices: [],
    rank: 0,
    worldSize: 1,
    processGroups: [],
    baseTimeNs: '0',
    window: null,
    eventCount: 0,
    repairs: [],
    annotations: [],
    hostCalls,
    kernels,
  }
}

/** CPU seconds of the fastest round, and its result. */
function measure(run, times = rounds) {
  let best = Infinity
  let result
  for (let i = 0; i < times; i++) {
    const before = process.cpuUsage()
    result = run()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1e6)
  }
  return { cpuS: best, result }
}

const trace = syntheticTrace(count)
const before = process.cpuUsage()
const rssBefore = process.memoryUsage().rss
const graph = buildGraph(trace)
const built = process.cpuUsage(before)
const buildS = (built.user + built.system) / 1e6
const graphBytes = Object.values(graph)
  .concat(Object.values(graph.calls))
  .reduce((sum, value) => sum + (ArrayBuffer.isView(value) ? value.byteLength : 0), 0)
const durationsNs = graph.durationNs.map((ns, k) => ns * (0.5 + (k % 5) / 4))

const rows = [
  [
    'sum of durations (baseline)',
    measure(() => trace.kernels.reduce((sum, k) => sum + k.durationNs, 0)).cpuS,
  ],
  ['replay, measured times', measure(() => replay(graph)).cpuS],
  ['what-if: other durations', measure(() => replay(graph, { durationsNs })).cpuS],
]
const whatIf = replay(graph, { durationsNs })
rows.push(['critical path of the what-if', measure(() => criticalPath(graph, whatIf)).cpuS])
const callScale = new Float32Array(graph.calls.count).fill(0.5)
let reuse = whatIf
for (const [name, options] of [
  ['many what-ifs: durations', { durationsNs }],
  ['many what-ifs: and launches', { durationsNs, callScale }],
]) {
  const run = () => {
    reuse = replay(graph, { ...options, reuse })
  }
  rows.push([name, measure(run).cpuS])
}
const bounds = {
  durationsNs,
  p10Ns: durationsNs.map((ns) => 0.8 * ns),
  p90Ns: durationsNs.map((ns) => 1.3 * ns),
}
rows.push([
  'p10 and p90 from 64 samples',
  measure(() => replay(graph, { ...bounds, reuse }), 1).cpuS,
])
const result = {
  kernels: count,
  nodes: graph.nodeCount,
  edges: graph.edgeCount,
  faults: graph.report.faultCount,
  buildS,
  graphMiB: graphBytes / 2 ** 20,
  rssMiB: process.memoryUsage().rss / 2 ** 20,
  traceRssMiB: rssBefore / 2 ** 20,
  runs: rows.map(([name, cpuS]) => ({ name, cpuS, kernelsPerS: count / cpuS })),
}
if (flags.json) console.log(JSON.stringify(result, null, 2))
else {
  console.log(
    `${count} kernels, ${result.nodes} nodes, ${result.edges} edges, node ${process.version}`,
  )
  console.log(`build        ${buildS.toFixed(2)} CPU s, graph ${result.graphMiB.toFixed(0)} MiB`)
  for (const { name, cpuS, kernelsPerS } of result.runs) {
    console.log(
      `${name.padEnd(30)} ${cpuS.toFixed(3)} CPU s  ${(kernelsPerS / 1e6).toFixed(1)} M kernels/s`,
    )
  }
}
