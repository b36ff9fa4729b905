// Holds `flowsim plan` against a full grid: is any deployment of the grid cheaper?
//
//   npx -y pnpm@12.21.0 run build && node accuracy/plan-grid.mjs [--requests N]
//
// The question: Qwen3-235B FP8 on H200, 50 requests/s of 4,000 and 500 tokens, TTFT p99 <= 1 s, TPOT p99 <= 40 ms. The
// grid: tensor parallelism 1 to 8, data parallelism 1 to 8, expert parallelism 1 to 8 (powers of two), keys and values
// in BF16 and FP8, with vLLM's default batches; prompts and outputs together, and apart with 1:1, 1:2 and 2:1, 1:3 and
// 3:1 instances of one layout. Of each point of the grid the fewest instances that meet the limits are searched for, in
// simulations of as many requests as the plan's, unless --requests says fewer. Points that would be dearer than the
// plan even with its fewest instances are not simulated: they cannot be cheaper.
import { candidateText, parseBudget, parseLimit, planDeployment } from '@flowsim/planner'
import { prepareServing, ServingError } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'
import { cached } from './serving/cached.mjs'

const at = process.argv.indexOf('--requests')
const count = at > 0 ? Number(process.argv[at + 1]) : 3000
const HARDWARE = 'h200_sxm'
const MODEL = 'qwen3-235b-a22b-fp8'
const LIMITS = { ttft: 1, tpot: 0.04 }
const RATIOS = [null, [1, 1], [1, 2], [2, 1], [1, 3], [3, 1]]
const POWERS = [1, 2, 4, 8]

const readText = () => {
  throw new Error('no file is read')
}
const stepTimes = STEP_TIMES.map(cached)
const workload = {
  type: 'synthetic',
  requests: count,
  arrival: { process: 'poisson', ratePerS: 50 },
  inputTokens: 4000,
  outputTokens: 500,
}

const plan = planned()
const cheapest = plan.devices
let best = null
let points = 0
let refused = 0
let simulations = 0
for (const tensorParallel of POWERS) {
  for (const dataParallel of POWERS) {
    for (const expertParallel of POWERS) {
      for (const kvPrecision of ['bf16', 'fp8']) {
        for (const ratio of RATIOS) {
          points++
          const layout = { tensorParallel, dataParallel, expertParallel, kvPrecision }
          const found = fewest(layout, ratio)
          if (found === 'refused') refused++
          else if (found !== null && (best === null || found.devices < best.devices)) best = found
        }
      }
    }
  }
}
console.log(`plan: ${plan.devices} devices, ${plan.text}`)
console.log(
  best === null
    ? `grid: none of ${points} points meets the limits with fewer or as many devices`
    : `grid: ${best.devices} devices, ${best.text}`,
)
console.log(
  `${points} points, ${refused} refused by the engine or by memory, ${simulations} simulations`,
)
if (best !== null && best.devices < cheapest) process.exitCode = 1

function planned() {
  const text = JSON.stringify({
    seed: 42,
    workload,
    stepTime: { type: 'linear', perStepUs: 1 },
    kv: { blocks: 1 },
  })
  const { requests } = prepareServing(text, { source: 'workload', readText })
  const { met } = planDeployment({
    model: MODEL,
    workload,
    requests,
    limits: ['ttft.p99S<=1', 'tpot.p99S<=0.04'].map(parseLimit),
    budgets: [parseBudget(`${HARDWARE}:64`, readText)],
    engine: 'vllm',
    modes: ['aggregated', 'disaggregated'],
    precisions: [undefined],
    kvPrecisions: [undefined, 'fp8'],
    cost: {},
    seed: 42,
    readText,
  })
  const [{ candidate }] = met
  const devices = candidate.family.groups.reduce(
    (sum, group, i) => sum + group.devices * candidate.counts[i],
    0,
  )
  return { devices, text: candidateText(candidate) }
}

/** The fewest devices of a point that meet the limits, up to those of the plan; null: none do. */
function fewest(layout, ratio) {
  const each = layout.tensorParallel * layout.dataParallel
  const step = each * (ratio === null ? 1 : ratio[0] + ratio[1])
  for (let times = 1; times * step <= cheapest; times++) {
    const config = configOf(layout, ratio, times)
    const met = meets(config)
    if (met === 'refused') return 'refused'
    const text = `${times} x ${ratio === null ? 'instances' : ratio.join(':')} of ${JSON.stringify(layout)}`
    if (met) return { devices: times * step, text }
  }
  return null
}

function configOf(layout, ratio, times) {
  const stepTime = { type: 'model', model: MODEL, hardware: HARDWARE, kernels: 'vllm', ...layout }
  const groups =
    ratio === null
      ? [{ name: 'instance', count: times, stepTime }]
      : [
          { name: 'prefill', role: 'prefill', count: ratio[0] * times, stepTime },
          { name: 'decode', role: 'decode', count: ratio[1] * times, stepTime },
        ]
  return { seed: 42, workload, instances: groups }
}

/** Whether a simulation meets the limits; a short one tells where it is far off. */
function meets(config) {
  try {
    const short = run(config, Math.min(500, count))
    if (short.ttft > 2 * LIMITS.ttft || short.tpot > 2 * LIMITS.tpot) return false
    const { ttft, tpot, isServed } = run(config, count)
    return isServed && ttft <= LIMITS.ttft && tpot <= LIMITS.tpot
  } catch (error) {
    if (error instanceof ServingError) return 'refused'
    throw error
  }
}

function run(config, requests) {
  simulations++
  const text = JSON.stringify({ ...config, workload: { ...workload, requests } })
  const { report } = prepareServing(text, { source: 'grid', readText, stepTimes }).run()
  const { completed = 0, length_capped = 0 } = report.requests
  return {
    ttft: report.ttft?.p99S ?? Number.POSITIVE_INFINITY,
    tpot: report.tpot?.p99S ?? Number.POSITIVE_INFINITY,
    isServed: completed + length_capped === requests,
  }
}
