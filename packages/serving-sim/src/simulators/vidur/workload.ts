// Vidur's generated workloads as a kind of workloads.
import { z } from 'zod'
import { requests, tokens } from '../../config/limits.js'
import { defineWorkload } from '../../workload/workload-kind.js'
import { vidurRequests } from './generator.js'

const some = tokens.positive()
const ratio = z.number().positive()

export const vidurWorkload = defineWorkload({
  type: 'vidur',
  fields: {
    requests,
    interval: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('poisson'), qps: ratio }),
      z.strictObject({ type: z.literal('gamma'), qps: ratio, cv: ratio }),
      z.strictObject({ type: z.literal('static') }),
    ]),
    length: z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('fixed'),
        prefillTokens: some,
        decodeTokens: some,
      }),
      z.strictObject({
        type: z.literal('uniform'),
        minTokens: some,
        maxTokens: some,
        prefillToDecodeRatio: ratio,
      }),
      z.strictObject({
        type: z.literal('zipf'),
        minTokens: some,
        maxTokens: some,
        theta: ratio.max(0.99),
        prefillToDecodeRatio: ratio,
      }),
    ]),
  },
  build: (config, { seed }) => ({
    requests: vidurRequests({ ...config, seed }).map(
      ({ id, arrivedAtS, prefillTokens, decodeTokens }) => ({
        id: String(id),
        arrivalNs: Math.round(arrivedAtS * 1e9),
        inputTokens: prefillTokens,
        outputTokens: decodeTokens,
      }),
    ),
    ratePerS: null,
  }),
})
