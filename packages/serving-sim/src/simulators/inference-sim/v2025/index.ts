// inference-sim of November 2025, as a simulator.
import { z } from 'zod'
import { statedSettings } from '../../../compare/settings.js'
import { instances, positive, tokens } from '../../../config/limits.js'
import { ServingError } from '../../../errors.js'
import { refuseSessions } from '../../refuse-sessions.js'
import { defineSimulator } from '../../simulator.js'
import { meanRate, microseconds } from '../requests.js'
import { guideLlmWorkload } from '../workloads.js'
import { simulate2025 } from './engine.js'
import { result2025 } from './result.js'

const linear = z.tuple([z.number(), z.number()])

const NAME = 'inference-sim-2025'

export const inferenceSim2025 = defineSimulator({
  name: NAME,
  workloads: [guideLlmWorkload],

  schema: () => ({
    inferenceSim2025: z
      .strictObject({
        maxNumRunningReqs: positive.default(35),
        totalKvBlocks: positive.default(8_000_000),
        maxNumScheduledTokens: positive.default(8192),
        blockSizeInTokens: positive.default(16),
        longPrefillTokenThreshold: tokens.default(0),
        regressionCoeffs: z.tuple([z.number(), z.number(), z.number()]),
        queuingCoeffs: linear.default([1, 2]),
        finishedCoeffs: linear.default([1, 2]),
        numReplicas: instances.default(1),
      })
      .optional(),
  }),

  prepare({ inferenceSim2025: flags, horizonS }, { requests, ratePerS, slo, place }) {
    if (flags === undefined) {
      throw new ServingError(
        'invalid_config',
        'inferenceSim2025 is missing; it holds the flags, regressionCoeffs at least',
        place([]),
      )
    }
    refuseSessions(requests, NAME, place(['workload']))
    const options = {
      ...flags,
      horizonUs: horizonS === undefined ? Number.MAX_SAFE_INTEGER : horizonS * 1e6,
      ratePerS: ratePerS ?? meanRate(requests),
    }
    const totalKvBlocks = flags.totalKvBlocks * flags.numReplicas
    return { requests, slo, options, totalKvBlocks }
  },

  run: ({ requests, options }) => simulate2025(requests.map(microseconds), options),
  result: (native, setup) => result2025(NAME, native, setup),
  devices: () => null,

  settings: ({ options }) =>
    statedSettings(NAME, {
      scheduler: 'vllm-v1',
      maxBatchTokens: options.maxNumScheduledTokens,
      maxBatchSize: options.maxNumRunningReqs,
      blockSize: options.blockSizeInTokens,
      kvBlocks: options.totalKvBlocks,
      prefixCaching: true,
      instances: options.numReplicas,
    }),
})
