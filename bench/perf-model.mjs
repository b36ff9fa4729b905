// CPU time of the performance models: our LLMCompass matmul, shape by shape, against the CPU time that the
// original took for the same shape (column cpu_s of the corpus), and estimates per second.
//
//   npx -y pnpm@12.21.0 run build && node bench/perf-model.mjs
//
// Every shape is timed eight times over without what another left in the model's memory; the middle of
// three passes counts. The corpus is at ../shared/data or where FLOWSIM_CORPUS says.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { median, quantile, sum } from 'd3-array'

const root = new URL('../', import.meta.url)
const corpus = process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../shared/data', root))
const built = (path) => {
  const entry = new URL(`packages/${path}`, root)
  if (existsSync(fileURLToPath(entry))) return import(entry.href)
  console.error(`${path} is missing: run \`npx -y pnpm@12.21.0 run build\` first`)
  process.exit(1)
}
const { roofline, sweepHardware, tile, transformerCalls } = await built('perf-model/dist/index.js')
const { findHardware, readTemplate } = await built('perf-model/dist/hardware.js')
const { calibrated } = await built('calibration/dist/index.js')

const cpuS = (run) => {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
const table = (header, rows) => {
  const cells = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  for (const row of cells) {
    console.log(
      row.map((cell, column) => cell[column ? 'padStart' : 'padEnd'](widths[column])).join('  '),
    )
  }
}

function matmulRows() {
  const file = `${corpus}/llmcompass/matmul.csv`
  if (!existsSync(file)) return []
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/)
  const names = header.split(',')
  return lines
    .map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at], cell])))
    .map((row) => {
      const [m, n, k] = row.shape.split('x').map(Number)
      const call = { op: 'matmul', m, n, k, dtype: 'fp16' }
      const searched = !(row.compile_mode === 'heuristic-GPU' && (m === 1 || n === 1))
      return {
        ...row,
        call,
        searched,
        originalS: row.source === 'llmcompass' ? Number(row.cpu_s) : NaN,
      }
    })
}

const rows = matmulRows()
if (rows.length === 0) console.log(`no corpus at ${corpus}: only our own speed is measured\n`)
let unequal = 0
const pass = (repeats) =>
  rows.map((row) => {
    const described = findHardware(row.system)
    let latencyS
    const seconds = cpuS(() => {
      for (let at = 0; at < repeats; at++) {
        // A new object is new hardware to the model: nothing is remembered.
        const hardware = { ...described }
        latencyS = tile.estimate(row.call, hardware, { mode: row.compile_mode }).latencyS
      }
    })
    if (latencyS !== Number(row.latency_s)) unequal++
    return seconds / repeats
  })
const cold = pass(1)
const warm = [pass(8), pass(8), pass(8)]
for (const [at, row] of rows.entries()) {
  row.oursS = median(warm, (pass) => pass[at])
}

if (rows.length > 0) {
  console.log(
    `LLMCompass matmul, ${rows.length} shapes, ${unequal === 0 ? 'all latencies equal as doubles' : `${unequal} UNEQUAL`}\n`,
  )
  const groups = new Map()
  for (const row of rows.filter((candidate) => candidate.searched)) {
    const key = `${row.system} ${row.compile_mode}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const line = (name, members) => {
    const ours = members.map((row) => row.oursS * 1e3)
    const both = members.filter((row) => row.originalS > 0)
    const originals = both.map((row) => row.originalS)
    const ratios = both.map((row) => row.originalS / row.oursS)
    const total = sum(originals) / sum(both.map((row) => row.oursS))
    return [
      name,
      String(members.length),
      ...[0.5, 0.9, 1].map((q) => quantile(ours, q).toFixed(3)),
      String(both.length),
      quantile(originals, 0.5)?.toFixed(2) ?? '-',
      sum(originals).toFixed(1),
      ...(both.length > 0
        ? [quantile(ratios, 0.1), quantile(ratios, 0.5), total].map(
            (ratio) => `${Math.round(ratio)}x`,
          )
        : ['-', '-', '-']),
    ]
  }
  table(
    [
      'searched layouts',
      'shapes',
      'ours p50 ms',
      'p90',
      'max',
      'both ran',
      'LLMCompass p50 s',
      'sum s',
      'ratio p10',
      'p50',
      'of sums',
    ],
    [
      ...[...groups].map(([name, members]) => line(name, members)),
      line(
        'all',
        rows.filter((row) => row.searched),
      ),
    ],
  )
  const both = rows.filter((row) => row.searched && row.originalS > 0)
  const fast = both.filter((row) => row.originalS >= 1000 * row.oursS)
  console.log(`\nat least 1000x: ${fast.length} of ${both.length} shapes that both ran`)
  console.log(
    `first pass of a new process, compilation included: ${sum(cold).toFixed(2)} s for all ${rows.length} shapes\n`,
  )
}

const h100 = findHardware('h100_sxm')
const rate = (count, run) => `${Math.round(count / cpuS(run)).toLocaleString('en')}/s`
const repeat = (count, run) => {
  for (let at = 0; at < count; at++) run(at)
}
const gemm = (at) => ({ op: 'matmul', m: 1 + (at & 4095), n: 4096, k: 4096, dtype: 'bf16' })
const h200 = findHardware('h200_sxm')
const decode = (at) => ({
  op: 'attention',
  phase: 'decode',
  batch: 1 + (at & 255),
  queryLen: 1,
  kvLen: 128 + (at & 8191),
  heads: 32,
  kvHeads: 8,
  headDim: 128,
  causal: true,
  dtype: 'bf16',
})
const prefill = (at) => ({
  ...decode(at),
  phase: 'prefill',
  batch: 1 + (at & 7),
  queryLen: 1 + (at & 8191),
  kvLen: 1 + (at & 8191),
})
const norm = (at) => ({ op: 'rmsnorm', rows: 1 + (at & 8191), cols: 4096, dtype: 'bf16' })
const allReduce = (at) => ({
  op: 'all_reduce',
  elements: 1 + (at & 0xfffff),
  devices: 8,
  dtype: 'bf16',
})
const experts = (at) => ({
  op: 'moe',
  tokens: 1 + (at & 4095),
  hidden: 4096,
  inter: 1536,
  topk: 8,
  experts: 128,
  dtype: 'bf16',
})
const ask = (call, hardware) => {
  const estimates = (at) => calibrated.estimate(call(at), hardware)
  repeat(2e4, estimates)
  return rate(2e5, () => repeat(2e5, estimates))
}
const loadS = cpuS(() => calibrated.estimate(gemm(1), h100))
repeat(1e5, (at) => roofline.estimate(gemm(at), h100))
table(
  ['estimates on one core', ''],
  [
    ['roofline, matmul', rate(5e6, () => repeat(5e6, (at) => roofline.estimate(gemm(at), h100)))],
    [
      'tile, new shapes',
      rate(500, () => repeat(500, (at) => tile.estimate(gemm(at * 8), { ...h100 }))),
    ],
    [
      'tile, known shapes',
      rate(1e5, () => repeat(1e5, (at) => tile.estimate(gemm(at & 63), h100))),
    ],
    ['calibrated, matmul H100', ask(gemm, h100)],
    ['calibrated, matmul H200, no rows', ask(gemm, h200)],
    ['calibrated, prefill attention', ask(prefill, h100)],
    ['calibrated, decode attention', ask(decode, h100)],
    ['calibrated, mixture of experts', ask(experts, h100)],
    ['calibrated, rmsnorm', ask(norm, h100)],
    ['calibrated, all-reduce', ask(allReduce, h100)],
    ['calibrated, first GEMM: profiles read', `${(1e3 * loadS).toFixed(0)} ms`],
  ],
)

const templateFile = `${corpus}/hardware/llmcompass/template.json`
if (existsSync(templateFile)) {
  const template = readTemplate(JSON.parse(readFileSync(templateFile, 'utf8')))
  const block = {
    width: 12288,
    heads: 96,
    dtype: 'fp16',
    batch: 8,
    sequence: 2048,
    tensorParallel: 4,
  }
  const workload = {
    latency: transformerCalls({ ...block, phase: 'decode' }),
    throughput: transformerCalls({ ...block, phase: 'prefill' }),
    yields: 8 * 2048,
  }
  const axes = {
    'device.compute_chiplet.core_count': [32, 64, 96, 128, 160, 192, 256],
    'device.io.memory_channel_active_count': [2, 4, 5, 6, 8],
    'device.io.global_buffer_MB': [16, 24, 40, 48, 96],
    'device.compute_chiplet.core.systolic_array.array_height': [8, 16, 32],
    'device.compute_chiplet.core.SRAM_KB': [64, 128, 192, 256, 512],
  }
  const few = {
    'device.compute_chiplet.core_count': [32, 64, 96, 128],
    'device.io.memory_channel_active_count': [2, 4, 6],
    'device.io.global_buffer_MB': [16, 24, 40, 48],
  }
  console.log()
  table(
    ['designs swept, GPT-3 prefill and decode', ''],
    [
      ['roofline', rate(2625, () => sweepHardware(template, axes, workload))],
      [
        'tile, heuristic-GPU',
        rate(48, () =>
          sweepHardware(template, few, workload, { model: tile, mode: 'heuristic-GPU' }),
        ),
      ],
    ],
  )
}
