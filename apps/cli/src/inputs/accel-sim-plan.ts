// The plan that flowsim external plan wrote.
import { type AccelSimPlan, accelSimPlanSchema } from '@flowsim/external'
import { schemaFaultText } from '@flowsim/trace-schema/zod'
import { CliError } from '../program/errors.js'
import { readJson } from './read-json.js'

/** Reads `plan.json`. */
export async function readPlan(path: string): Promise<AccelSimPlan> {
  const plan = accelSimPlanSchema.safeParse(await readJson(path))
  if (plan.success) return plan.data
  throw new CliError(
    'failure',
    `${path}: is not a plan of flowsim external plan: ${schemaFaultText(plan.error)}`,
  )
}

/** Variables that load the tracer, as a plan holds them. */
export async function tracerVariables(path: string): Promise<Record<string, string>> {
  const { environment } = await readPlan(path)
  if (environment?.TRACES_FOLDER !== undefined) return environment
  throw new CliError(
    'failure',
    `${path}: holds no variables of the tracer; write it again with flowsim external plan -o`,
  )
}
