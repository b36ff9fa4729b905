// Fits the times of expert kernels that nobody measured to one half of the measured deployments.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/fit-experts.mjs [--points N] [--print]
//
// `kernels.unmeasuredExperts` of packages/step-time/engines/*.json: of each kernel the time, over that of the measured
// kernel with weights of as many bytes, with the least mean of |ln(predicted / measured)| of TPOT, each at most ln 2,
// over N rows (default 24) of the half `fit` (serving/halves.mjs) whose engine runs that kernel. One number for a
// kernel, the same in all engines, but for Triton's with block FP8: SGLang brings its own choices of tiles for it.
// Printed beside it: the median error before and after, and that of each deployment
// with the number that the others give. accuracy/serving.mjs reports on the other half.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { group, mean, median } from 'd3-array'
import { ENGINES, fitPoints, off, spread } from './serving/fitting.mjs'
import { withUnmeasured } from './serving/served-facts.mjs'
import { simulatePoint } from './serving/simulate.mjs'

const FACTORS = [0.85, 1, 1.15, 1.3, 1.5, 1.75]
const BLACKWELL = /^g?b[23]00/

/** Which rows run which kernel, of all engines or of one. */
const KERNELS = [
  { kernel: 'blockTriton', engine: 'vllm', isRun: (row) => isBlock(row) && row.backend === 'vllm' },
  {
    kernel: 'blockTriton',
    engine: 'sglang',
    isRun: (row) => isBlock(row) && runsOnHopper(row, 'sglang'),
  },
  {
    kernel: 'blockTrtllm',
    isRun: (row) =>
      isBlock(row) &&
      BLACKWELL.test(row.system) &&
      (row.backend === 'sglang' ||
        (row.backend === 'trtllm' && row.backend_version.startsWith('1.2'))),
  },
  {
    kernel: 'mxfp4',
    isRun: (row) => /gpt-oss/.test(row.model_path) && BLACKWELL.test(row.system),
  },
  {
    kernel: 'weightOnly',
    isRun: (row) => runsOnHopper(row, 'vllm') && /gpt-oss/.test(row.model_path),
  },
]

const flag = process.argv.indexOf('--points')
const most = flag > 0 ? Number(process.argv[flag + 1]) : 24
const fitted = []
for (const { kernel, engine, isRun } of KERNELS) {
  const points = spread(fitPoints(isRun), most)
  const tpots = FACTORS.map((factor) => points.map((point) => tpotAt(point, kernel, factor)))
  const errorAt = (f, i) => off(tpots[f][i], points[i].tpotMs)
  const bestOf = (indices) => {
    const losses = FACTORS.map((_, f) => mean(indices, (i) => errorAt(f, i)))
    return losses.indexOf(Math.min(...losses))
  }
  const all = points.map((_, i) => i)
  const best = bestOf(all)
  const left = [...group(all, (i) => deploymentOf(points[i])).values()].flatMap((own) => {
    const others = all.filter((i) => !own.includes(i))
    return others.length === 0 ? [] : own.map((i) => errorAt(bestOf(others), i))
  })
  fitted.push({ kernel, engine, factor: FACTORS[best] })
  const before = FACTORS.indexOf(1)
  const percent = (errors) => `${(100 * median(errors)).toFixed(1)} %`
  console.log(
    `${kernel}${engine === undefined ? '' : ` of ${engine}`}: ${FACTORS[best]} of ${points.length} points; median |ln| ${percent(all.map((i) => errorAt(before, i)))} ` +
      `at 1, ${percent(all.map((i) => errorAt(best, i)))} fitted, ${percent(left)} with the deployment left out`,
  )
}
if (!process.argv.includes('--print')) {
  for (const file of readdirSync(ENGINES)) {
    const facts = JSON.parse(readFileSync(new URL(file, ENGINES), 'utf8'))
    const { unmeasuredExperts } = facts.kernels
    for (const { kernel, engine, factor } of fitted) {
      const has = unmeasuredExperts[kernel] !== undefined
      if (has && (engine ?? facts.engine) === facts.engine) unmeasuredExperts[kernel] = factor
    }
    writeFileSync(new URL(file, ENGINES), `${JSON.stringify(facts, null, 2)}\n`)
  }
}

function isBlock({ model_path: model, precision }) {
  return precision === 'fp8' && /DeepSeek|Qwen3\.5|Qwen3-235|MiniMax|GLM/.test(model)
}

function runsOnHopper({ backend, system }, engine) {
  return backend === engine && /^h[12]00/.test(system)
}

function deploymentOf({ row }) {
  return [
    row.backend,
    row.backend_version,
    row.model_path,
    row.system,
    row.tp_size,
    row.moe_ep_size,
  ].join()
}

/** Milliseconds a token with a kernel that takes so much longer; infinite where a point cannot be simulated. */
function tpotAt({ row, ...point }, kernel, factor) {
  const { kernels, engineVersion, engineFacts, ...stepTime } = point.config.stepTime
  const engine = withUnmeasured({ kernels, engineVersion, engineFacts }, { [kernel]: factor })
  const config = { ...point.config, stepTime: { ...stepTime, ...engine } }
  const { report } = simulatePoint({ ...point, config })
  return report === undefined ? Number.POSITIVE_INFINITY : 1e3 * report.tpot.meanS
}
