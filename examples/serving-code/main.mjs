// A deployment simulated from code: the time of a step is a function of ours, everything else is the simulator's.
import { bareDeployment, defineStepTime, prepareServing } from '@flowsim/serving-sim'
import { z } from 'zod'

// A step reads all weights once, and computes for each new token.
const weightBound = defineStepTime({
  type: 'weight-bound',
  fields: { weightBytes: z.number().positive(), bandwidthBytesPerS: z.number().positive() },
  deploy: ({ weightBytes, bandwidthBytesPerS }) =>
    bareDeployment({
      name: 'weight-bound',
      stepNs: (batch) => (1e9 * weightBytes) / bandwidthBytesPerS + 25_000 * batch.prefillTokenSum,
    }),
})

const config = `
seed: 7
workload:
  type: synthetic
  requests: 2000
  arrival: { process: poisson, ratePerS: 12 }
  inputTokens: { distribution: lognormal, mean: 900, stdev: 700, min: 16, max: 8000 }
  outputTokens: { distribution: uniform, min: 32, max: 400 }
stepTime: { type: weight-bound, weightBytes: 16e9, bandwidthBytesPerS: 3.35e12 }
kv: { blocks: 25000 }
scheduler: { maxNumSeqs: 128 }
`

const { report } = prepareServing(config, {
  source: 'main.mjs',
  readText: (path) => {
    throw new Error(`${path}: this configuration names no files`)
  },
  stepTimes: [weightBound],
}).run()

const ms = (seconds) => `${(1000 * seconds).toFixed(1)} ms`
console.log(`${report.requests.completed} requests, ${report.requestsPerS.toFixed(2)} a second`)
console.log(`TTFT p50 ${ms(report.ttft.p50S)}, p99 ${ms(report.ttft.p99S)}`)
console.log(`TPOT p50 ${ms(report.tpot.p50S)}, p99 ${ms(report.tpot.p99S)}`)
