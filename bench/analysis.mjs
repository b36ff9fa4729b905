// CPU time of the analyses on a made-up trace of a million kernels: passes of a decoder with 32 layers of
// nine kernels, a collective on a separate stream in each.
//
//   npx -y pnpm@12.21.0 run build && node bench/analysis.mjs [kernels]
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const entry = new URL('../packages/analysis/dist/index.js', import.meta.url)
if (!existsSync(fileURLToPath(entry))) {
  console.error('packages/analysis/dist is missing: run `npx -y pnpm@12.21.0 run build` first')
  process.exit(1)
}
const analysis = await import(entry.href)

const LAYER = [
  ['rmsnorm', 'normalization', 'rmsnorm'],
  ['qkv', 'gemm', 'matmul'],
  ['flash_fwd', 'attention', 'attention'],
  ['out', 'gemm', 'matmul'],
  ['ncclDevKernel_AllReduce', 'communication', 'all_reduce'],
  ['rmsnorm', 'normalization', 'rmsnorm'],
  ['up', 'gemm', 'matmul'],
  ['act_and_mul', 'activation', 'silu_mul'],
  ['down', 'gemm', 'matmul'],
]
const PASS = [
  ['embedding', 'data_movement', 'embedding'],
  ...Array.from({ length: 32 }, () => LAYER).flat(),
  ['argmax', 'sampling', 'sampling'],
]

function madeUp(count) {
  const kernels = []
  const operations = []
  let now = 0
  let host = 0
  for (let i = 0; i < count; i++) {
    const [name, family, op] = PASS[i % PASS.length]
    const startNs = Math.max(now, host + 5000)
    const durationNs = 3000 + ((i * 7919) % 11) * 1000
    const isCollective = op === 'all_reduce'
    kernels.push({
      kind: isCollective ? 'collective' : 'kernel',
      name,
      device: 0,
      stream: isCollective ? 20 : 7,
      startNs,
      durationNs,
      shapesFrom: 'none',
      launch: { api: 'cudaLaunchKernel', pid: 1, tid: 1, startNs: host, durationNs: 3000 },
      op: { name: `aten::${name}`, args: [], parents: [] },
      ...(isCollective && {
        collective: { kind: 'all_reduce', dtype: 'bf16', inElements: 65536, groupSize: 4 },
      }),
    })
    operations.push({
      op,
      family,
      ...(op === 'matmul' && {
        call: { op, m: 16, n: 4096 + ((i % PASS.length) % 9), k: 4096, dtype: 'bf16' },
      }),
      tensors: [],
      rule: null,
    })
    now = startNs + durationNs + 500
    host += 4000
  }
  const header = {
    schema: 'flowsim.kernel-trace/1',
    source: 'made-up.json',
    format: 'kineto',
    producer: {},
    devices: [],
    rank: 0,
    worldSize: 4,
    processGroups: [],
    baseTimeNs: '0',
    window: null,
    eventCount: count,
    repairs: [],
    annotations: [],
  }
  return { trace: { ...header, kernels }, operations }
}

const count = Number(process.argv[2] ?? 1e6)
const one = madeUp(count)
const { trace, operations } = one
const layers = analysis.byLayer(trace, operations)
const ranks = [0, 1].map((rank) => ({ rank, trace, operations }))
const runs = {
  breakdown: () => analysis.breakdown(trace, operations),
  idleTime: () => analysis.idleTime(trace),
  byOperation: () => analysis.byOperation(trace, operations),
  byOperator: () => analysis.byOperator(trace),
  byLayer: () => analysis.byLayer(trace, operations),
  steps: () => analysis.steps(trace, operations, { layers }),
  launchStats: () => analysis.launchStats(trace),
  queueLength: () => analysis.queueLength(trace),
  gemmTable: () => analysis.gemmTable(trace, operations),
  collectives: () => analysis.collectives(trace, operations),
  'matchCollectives, 2 ranks': () => analysis.matchCollectives(ranks),
  'diffTraces, 2 traces': () => analysis.diffTraces(one, one),
}
console.log(
  `${count.toLocaleString('en-US')} kernels; layers: ${layers.source}, ${layers.layers.length}`,
)
for (const [name, run] of Object.entries(runs)) {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  console.log(`${name.padEnd(28)}${((user + system) / 1e6).toFixed(2)} CPU s`)
}
const rss = process.memoryUsage.rss() / 1e6
console.log(`${Math.round(rss)} MB at the end, the trace included`)
