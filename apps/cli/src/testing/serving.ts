// A small serving configuration.

/** 40 requests a second, 1 ms and 10 µs a token a step: room for about 100 a second. */
export const SMALL = `
seed: 3
workload:
  type: synthetic
  requests: 60
  arrival: { process: poisson, ratePerS: 40 }
  inputTokens: 100
  outputTokens: { distribution: uniform, min: 2, max: 20 }
stepTime: { type: linear, perStepUs: 1000, perPrefillTokenUs: 10, perDecodeUs: 200 }
kv: { blocks: 400 }
scheduler: { maxNumSeqs: 8 }
`
