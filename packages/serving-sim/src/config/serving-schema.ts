// The schema of a serving configuration: what all simulators share, and the fields of the one that it names.
import { didYouMean } from '@flowsim/trace-schema'
import { z } from 'zod'
import { SIMULATORS } from '../simulators/index.js'
import type { CommonFields } from '../simulators/simulator.js'
import type { StepTimeConfig } from '../step-time/deployment.js'
import type { StepTimeKind } from '../step-time/step-time-kind.js'
import { WORKLOADS } from '../workload/kinds/index.js'
import type { WorkloadConfig } from '../workload/workload-kind.js'
import { type CostSettings, costSchema } from './cost-schema.js'

/** A serving configuration; the fields of its simulator stand beside these. */
export interface ServingConfig extends CommonFields {
  engine: string
  workload?: WorkloadConfig | undefined
  slo?: Slo | undefined
  cost?: CostSettings | undefined
}

const limitMs = z.number().positive().optional()

const sloSchema = z.record(
  z.string(),
  z.strictObject({ ttftMs: limitMs, tpotMs: limitMs, e2eMs: limitMs }),
)

/** Limits by service class, in milliseconds. */
export type Slo = z.infer<typeof sloSchema>

interface Kind {
  type: string
  fields: z.ZodRawShape
}

/** What is said of a word that names nothing. */
const unknown = (field: string, known: readonly string[]) => ({
  error: ({ input }: { input?: unknown }) => {
    const given = (input as Record<string, unknown> | undefined)?.[field]
    const there = `there are ${known.join(', ')}`
    return given === undefined
      ? `${field} is missing; ${there}`
      : `there is no ${JSON.stringify(given)}; ${there}${didYouMean(String(given), known)}`
  },
})

/** A section that is one of several kinds, by its field `type`. */
function sectionSchema<Section>(kinds: readonly Kind[]): z.ZodType<Section> {
  const types = kinds.map(({ type }) => type)
  const [first, ...rest] = kinds.map(({ type, fields }) =>
    z.strictObject({ type: z.literal(type), ...fields }),
  )
  const section = z.discriminatedUnion('type', [first!, ...rest], unknown('type', types))
  return section as unknown as z.ZodType<Section>
}

/** The section `workload`. */
export const workloadSchema = sectionSchema<WorkloadConfig>(WORKLOADS)

/**
 * The schema of a configuration. Without `engine` the first simulator is meant.
 * @param stepTimes the kinds of step times that there are
 */
export function servingSchema(stepTimes: readonly StepTimeKind[]): z.ZodType<ServingConfig> {
  const kit = { stepTime: sectionSchema<StepTimeConfig>(stepTimes) }
  const [first, ...rest] = SIMULATORS.map((simulator) =>
    z.strictObject({
      engine: z.literal(simulator.name),
      name: z.string().optional(),
      seed: z.int().nonnegative().default(42),
      horizonS: z.number().positive().optional(),
      workload: workloadSchema.optional(),
      slo: sloSchema.optional(),
      cost: costSchema.optional(),
      ...simulator.schema(kit),
    }),
  )
  const names = SIMULATORS.map(({ name }) => name)
  return z.preprocess(
    (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && !('engine' in value)
        ? { engine: names[0], ...value }
        : value,
    z.discriminatedUnion('engine', [first!, ...rest], unknown('engine', names)),
  ) as unknown as z.ZodType<ServingConfig>
}
