// Holds `flowsim plan` against the winners that aiconfigurator publishes for its own examples.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/plan-published.mjs
//
// Cases (Qwen3-32B in FP8 on H200 SXM, TensorRT-LLM): its README and its CLI user guide
// (github.com/ai-dynamo/aiconfigurator, October 2025), and a comparison of December 2025
// (gist.github.com/BenHamm/3ec1e1e92312302e966ee75606fe1931). It looks for the most tokens a second and device of a
// closed loop whose mean TTFT and TPOT keep the limits. That loop without its beginning is a constant rate: requests in
// flight over their time, by Little's law. So each deployment is given the highest constant rate at which the means of
// a simulation keep the limits, and the plan the highest at which it finds a deployment with no more devices.
import { candidateText, parseBudget, parseLimit, planDeployment } from '@flowsim/planner'
import { prepareServing } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'
import { cached } from './serving/cached.mjs'

const MODEL = 'qwen3-32b'
const HARDWARE = 'h200_sxm'
/** Rates are told apart down to this. */
const NEAR = 1.02

const split = (times, prefill, decode) => ({ times, prefill, decode })
const CASES = [
  {
    source: 'README',
    devices: 32,
    isl: 4000,
    osl: 500,
    ttftS: 0.3,
    tpotS: 0.01,
    winner: { ...split(4, [4, 1], [1, 4]), sequences: 60, tokensPerSDevice: 812.92 },
    together: { times: 8, tensorParallel: 4, sequences: 20, tokensPerSDevice: 478.57 },
  },
  {
    source: 'user guide',
    devices: 32,
    isl: 3000,
    osl: 512,
    ttftS: 1,
    tpotS: 0.01,
    winner: { ...split(4, [4, 1], [1, 4]), sequences: 64, tokensPerSDevice: 913.82 },
    together: { times: 8, tensorParallel: 4, sequences: 28, tokensPerSDevice: 638.28 },
  },
  {
    source: 'December 2025',
    devices: 8,
    isl: 4000,
    osl: 500,
    ttftS: 0.6,
    tpotS: 1 / 60,
    winner: { ...split(2, [2, 1], [1, 2]), sequences: 56, tokensPerSDevice: 739.12 },
    together: { times: 4, tensorParallel: 2, sequences: 24, tokensPerSDevice: 686.87 },
  },
]

const readText = () => {
  throw new Error('no file is read')
}
const stepTimes = STEP_TIMES.map(cached)
const stepTime = (tensorParallel) => ({
  type: 'model',
  model: MODEL,
  hardware: HARDWARE,
  kernels: 'trtllm',
  precision: 'fp8',
  kvPrecision: 'fp8',
  ...(tensorParallel > 1 && { tensorParallel }),
})

const rows = []
let isWorse = false
for (const example of CASES) {
  const { devices, osl, winner, together } = example
  const perDevice = (ratePerS) => (ratePerS * osl) / devices
  const apart = highest((rate) => keeps(example, apartOf(winner), rate))
  const joined = highest((rate) => keeps(example, togetherOf(together), rate))
  let best
  const rate = highest((ratePerS) => {
    const found = planned(example, ratePerS)
    if (found !== undefined) best = found
    return found !== undefined
  })
  const published = Math.max(apart, joined)
  if (rate * NEAR < published) isWorse = true
  rows.push([
    `${example.source}: ${example.isl} / ${osl}, TTFT ${example.ttftS * 1000} ms, TPOT ${(example.tpotS * 1000).toFixed(1)} ms`,
    winner.tokensPerSDevice.toFixed(0),
    perDevice(apart).toFixed(0),
    together.tokensPerSDevice.toFixed(0),
    perDevice(joined).toFixed(0),
    perDevice(rate).toFixed(0),
    best,
  ])
}
const header = ['case', 'apart', 'simulated', 'together', 'simulated', 'plan', 'its deployment']
for (const cells of [header, ['---', ...Array(5).fill('---:'), '---'], ...rows]) {
  console.log(`| ${cells.join(' | ')} |`)
}
if (isWorse) process.exitCode = 1

function apartOf({ times, prefill, decode, sequences }) {
  return [
    {
      name: 'prefill',
      role: 'prefill',
      count: times * prefill[0],
      stepTime: stepTime(prefill[1]),
      scheduler: { maxNumSeqs: 1 },
    },
    {
      name: 'decode',
      role: 'decode',
      count: times * decode[0],
      stepTime: stepTime(decode[1]),
      scheduler: { maxNumSeqs: sequences },
    },
  ]
}

function togetherOf({ times, tensorParallel, sequences }) {
  return [
    {
      name: 'instance',
      count: times,
      stepTime: stepTime(tensorParallel),
      scheduler: { maxNumSeqs: sequences },
    },
  ]
}

function workloadOf({ isl, osl }, ratePerS) {
  return {
    type: 'synthetic',
    requests: Math.max(600, Math.round(40 * ratePerS)),
    arrival: { process: 'constant', ratePerS },
    inputTokens: isl,
    outputTokens: osl,
  }
}

/** Whether the means of a simulation keep the limits. */
function keeps(example, instances, ratePerS) {
  const text = JSON.stringify({ seed: 1, workload: workloadOf(example, ratePerS), instances })
  const { report } = prepareServing(text, { source: 'published', readText, stepTimes }).run()
  const { ttft, tpot, requests } = report
  return (
    (requests.waiting ?? 0) + (requests.running ?? 0) === 0 &&
    ttft.meanS <= example.ttftS &&
    tpot.meanS <= example.tpotS
  )
}

/** The deployment that the plan finds at a rate; undefined: none with so few devices. */
function planned(example, ratePerS) {
  const workload = workloadOf(example, ratePerS)
  const linear = { type: 'linear', perStepUs: 1 }
  const text = JSON.stringify({ seed: 1, workload, stepTime: linear, kv: { blocks: 1 } })
  const { requests } = prepareServing(text, { source: 'workload', readText })
  const question = {
    model: MODEL,
    workload,
    requests,
    limits: [`ttft.meanS<=${example.ttftS}`, `tpot.meanS<=${example.tpotS}`].map(parseLimit),
    budgets: [parseBudget(`${HARDWARE}:${example.devices}`, readText)],
    engine: 'trtllm',
    modes: ['aggregated', 'disaggregated'],
    precisions: ['fp8'],
    kvPrecisions: ['fp8'],
    cost: {},
    seed: 1,
    readText,
  }
  try {
    const [first] = planDeployment(question, { wanted: 1 }).met
    return first === undefined ? undefined : candidateText(first.candidate)
  } catch (error) {
    if (error.code === 'nothing_fits') return undefined
    throw error
  }
}

/** The highest rate that passes, within {@link NEAR}. */
function highest(passes) {
  let low = 0.5
  if (!passes(low)) return 0
  let high = 2 * low
  while (passes(high)) {
    low = high
    high *= 2
  }
  while (high / low > NEAR) {
    const middle = Math.sqrt(low * high)
    if (passes(middle)) low = middle
    else high = middle
  }
  return low
}
