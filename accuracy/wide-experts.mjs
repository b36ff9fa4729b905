// Predicts DeepSeek V3 with wide expert parallelism on H100, as SGLang's deployment of May 2025 ran it, and prints the
// rows of docs/serving.md.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/wide-experts.mjs
import { prepareServing } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'

const options = {
  source: 'wide-experts',
  stepTimes: STEP_TIMES,
  readText: (path) => {
    throw new Error(`${path} is not read`)
  },
}
const model = { type: 'model', model: 'deepseek-v3', hardware: 'h100_sxm', kernels: 'sglang' }

/** Tokens a second and node of prompts of 2,000 tokens, 16,384 in a step of each device. */
function prompts(stepTime) {
  const config = {
    workload: {
      type: 'synthetic',
      requests: 4096,
      arrival: { process: 'at-once' },
      inputTokens: 2000,
      outputTokens: 1,
    },
    stepTime: { ...model, dataParallel: 32, expertParallel: 32, ...stepTime },
    scheduler: { policy: 'sglang', maxNumBatchedTokens: 16_384 },
    kv: { prefixCaching: false },
  }
  const { inputTokens, durationS } = prepareServing(JSON.stringify(config), options).run().report
  return inputTokens / durationS / 4
}

/** Tokens a second and node of decoding with 256 sequences of 2,000 tokens a device. */
function decoding(stepTime) {
  const instant = {
    role: 'prefill',
    count: 1,
    stepTime: { type: 'linear', perStepUs: 1 },
    kv: { blocks: 100_000_000, bytesPerToken: 1 },
    scheduler: { maxNumSeqs: 100_000, maxNumBatchedTokens: 100_000_000 },
  }
  const decode = {
    role: 'decode',
    count: 1,
    stepTime: { ...model, dataParallel: 72, expertParallel: 72, ...stepTime },
  }
  const config = {
    workload: {
      type: 'synthetic',
      requests: 72 * 256,
      arrival: { process: 'at-once' },
      inputTokens: 2000,
      outputTokens: 100,
    },
    instances: [instant, decode],
    transfer: { bandwidthGBps: 100_000, latencyUs: 1 },
  }
  const { outputTokens, durationS } = prepareServing(JSON.stringify(config), options).run().report
  return outputTokens / durationS / 9
}

for (const [name, ep, perNode] of [
  ['prompts', 32, prompts],
  ['decoding', 72, decoding],
]) {
  for (const expertLoad of ['balanced', 'uniform']) {
    const [one, two] = [false, true].map((twoBatchOverlap) =>
      perNode({ twoBatchOverlap, expertLoad }),
    )
    const k = (value) => `${(value / 1000).toFixed(1)}k`
    const gain = ((two / one - 1) * 100).toFixed(0)
    console.log(`| ${name} | ${ep} | ${expertLoad} | ${k(one)} | ${k(two)} | ${gain} % |`)
  }
}
