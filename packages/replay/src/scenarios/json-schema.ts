// A file of scenarios as JSON Schema, by which editors complete and check it while it is written.
import { z } from 'zod'
import { scenarioFileSchema } from './schema.js'

/** The JSON Schema (draft 2020-12) of a file of what-if scenarios. */
export function scenariosJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(scenarioFileSchema, { io: 'input', reused: 'ref' })
}
