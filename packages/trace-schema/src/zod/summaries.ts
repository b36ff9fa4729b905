// The JSON results of the commands `parse` and `simulate`. Shares and errors are fractions.
import { z } from 'zod'
import { OP_NAMES } from '../ops/index.js'
import { traceRepairSchema } from './kernel-trace.js'

const ns = z.int().nonnegative()
const total = ns.nullable()
const share = z.number().min(0).max(1)
const counted = z.object({ count: z.int(), timeShare: share })

/** Validates a `ParseSummary`. */
export const parseSummarySchema = z
  .object({
    schema: z.literal('flowsim.parse-summary/1'),
    source: z.string(),
    device: z.string().nullable().describe('Name of the device that ran the kernels.'),
    rank: z.int().nullable(),
    worldSize: z.int().nullable(),
    events: z.int(),
    kernels: z.object({
      count: z
        .int()
        .describe('GPU kernels, collectives among them; copies and fills are counted below.'),
      uniqueNames: z.int(),
      sumNs: ns.describe('Sum of durations; overlap counts twice.'),
      busyNs: ns.describe('Length of the union of their intervals.'),
      windowNs: ns.describe('From the first start to the last end.'),
    }),
    memcpy: z.object({ count: z.int(), sumNs: ns, bytes: z.int() }),
    memset: z.object({ count: z.int(), sumNs: ns, bytes: z.int() }),
    known: counted.extend({ names: z.int() }).describe('Kernels that a rule gives an operation.'),
    dimensions: counted.describe('Kernels whose operation has all its dimensions.'),
    shapes: counted.describe('Kernels with tensor shapes.'),
    unlinked: z.object({ count: z.int(), timeNs: ns }).describe('Kernels without a launch.'),
    repairs: z.array(traceRepairSchema),
    outputs: z.array(z.string()),
  })
  .meta({ description: 'Result of `flowsim parse --json`.' })

/** Validates a `SimulationSummary`. */
export const simulationSummarySchema = z
  .object({
    schema: z.literal('flowsim.simulation-summary/1'),
    source: z.string(),
    hardware: z.string(),
    model: z.string(),
    relativeTo: z
      .string()
      .nullable()
      .describe(
        "The device of the trace, where times are the measured ones by the ratio of the model's estimates; null where they are its estimates.",
      ),
    answered: counted
      .extend({ measuredNs: ns })
      .describe(
        'GPU kernels with an estimate, directly or as helpers of such; shares are of the measured time of GPU kernels. Copies and fills stand in `transfers`.',
      ),
    unanswered: counted.describe('GPU kernels without an estimate.'),
    doubtful: counted.describe(
      'GPU kernels whose dimensions imply more than three times what the device can do.',
    ),
    transfers: z
      .object({
        count: z.int(),
        measuredNs: ns,
        answered: z.object({ count: z.int(), measuredNs: ns }),
        predictedNs: total.describe(
          'Sum of the predicted times; to be compared with `answered.measuredNs`. null for none.',
        ),
      })
      .describe('Copies and fills, and those of them with an estimate.'),
    measured: z.object({
      kernelSumNs: ns.describe('Sum of the durations of GPU kernels.'),
      busyNs: ns.describe('Time in which a device runs at least one activity.'),
      endToEndNs: ns,
    }),
    predicted: z
      .object({
        kernelSumNs: total.describe(
          'Sum of the predicted times of GPU kernels; to be compared with `answered.measuredNs`. null for none.',
        ),
        kernelSumP10Ns: total,
        kernelSumP90Ns: total,
        busyNs: total.describe(
          'Time in which a device runs at least one activity; null where less than 80 % is predicted, doubtful kernels left out.',
        ),
        busyP10Ns: total,
        busyP90Ns: total,
        endToEndNs: total.describe(
          'First start to last end of the replayed trace; null where less than 80 % is predicted, doubtful kernels left out.',
        ),
        endToEndP10Ns: total,
        endToEndP90Ns: total,
      })
      .describe('One run in ten is expected below P10 and one above P90.'),
    replay: z
      .object({
        ranks: z.array(z.int()).describe('Ranks that were replayed as one system.'),
        faults: z.int().describe('Dependencies that cannot be and were left out.'),
        assumptions: z.array(z.string()).describe('What had to be assumed, in words.'),
      })
      .optional()
      .describe('How the end-to-end time came about.'),
    byOp: z.array(
      z.object({
        op: z.enum(OP_NAMES),
        count: z.int().describe('Activities of this operation, with those that help them.'),
        measuredNs: ns,
        predictedNs: total.describe(
          'Sum of the predicted times; to be compared with `answered.measuredNs`. null for none.',
        ),
        answered: z.object({ count: z.int(), measuredNs: ns }),
        mape: z
          .number()
          .nullable()
          .describe(
            'Mean absolute error over operations, each with its helpers; null: no estimate.',
          ),
        bias: z.number().nullable().describe('Median signed error over operations.'),
      }),
    ),
    outputs: z.array(z.string()),
  })
  .meta({ description: 'Result of `flowsim simulate --json`.' })
