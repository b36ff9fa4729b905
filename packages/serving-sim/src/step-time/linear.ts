// Step times of a straight line: a constant, and a time for each prompt token, decoded token and token of context.
import { z } from 'zod'
import { bareDeployment } from './deployment.js'
import { defineStepTime } from './step-time-kind.js'

const us = z.number().nonnegative()

export const linearStepTime = defineStepTime({
  type: 'linear',
  fields: {
    perStepUs: us,
    perPrefillTokenUs: us.default(0),
    perDecodeUs: us.default(0),
    perContextTokenUs: us.default(0),
  },
  deploy: ({ perStepUs, perPrefillTokenUs, perDecodeUs, perContextTokenUs }) =>
    bareDeployment({
      name: 'linear',
      stepNs: (batch) =>
        1000 *
        (perStepUs +
          perPrefillTokenUs * batch.prefillTokenSum +
          perDecodeUs * batch.decodeTokenSum +
          perContextTokenUs * batch.decodeContextSum),
    }),
})
