// Configurations and comparisons as JSON Schema, by which editors complete and check them while they are written.
import { z } from 'zod'
import { compareSchema } from '../compare/compare-schema.js'
import { SIMULATORS } from '../simulators/index.js'
import { linearStepTime } from '../step-time/linear.js'
import type { StepTimeKind } from '../step-time/step-time-kind.js'
import { servingSchema } from './serving-schema.js'

/** A JSON Schema (draft 2020-12). */
export type JsonSchema = Record<string, unknown>

/**
 * The JSON Schema of a serving configuration. What depends on other files, or on two fields at once, only a run checks.
 * @param stepTimes - kinds of step times from other packages, as `prepareServing` takes them
 */
export function servingJsonSchema(stepTimes: readonly StepTimeKind[] = []): JsonSchema {
  const own = SIMULATORS.flatMap((simulator) => simulator.stepTimes)
  const { oneOf, ...rest } = jsonSchema(servingSchema([linearStepTime, ...own, ...stepTimes]))
  const [first, ...others] = oneOf as JsonSchema[]
  // The first simulator is meant where none is named.
  const required = (first!.required as string[]).filter((field) => field !== 'engine')
  return { ...rest, oneOf: [{ ...first, required }, ...others] }
}

/** The JSON Schema of a comparison. */
export function comparisonJsonSchema(): JsonSchema {
  return jsonSchema(compareSchema)
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', reused: 'ref', unrepresentable: 'any' })
}
