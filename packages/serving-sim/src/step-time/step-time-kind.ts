// Kinds of step times: what `stepTime: { type: … }` of a configuration can be.
import type { z } from 'zod'
import type { ReadText } from '../config/read-text.js'
import type { SourcePlace } from '../errors.js'
import type { Deployment, StepTimeConfig } from './deployment.js'

/** What a deployment is made with. */
export interface StepTimeContext {
  readText: ReadText
  /** Tokens of a KV block. */
  blockSize: number
  /** Where a field of the section stands; without a field, the section. */
  at(field?: string): SourcePlace
}

/** A kind of step times, as lists hold it. */
export interface StepTimeKind {
  readonly type: string
  /** Fields of the section besides `type`. */
  readonly fields: z.ZodRawShape
  /** @throws ServingError at the field at fault */
  deploy(config: StepTimeConfig, context: StepTimeContext): Deployment
}

/** A kind of step times, written with the types of its fields. */
export function defineStepTime<Fields extends z.ZodRawShape>(kind: {
  type: string
  fields: Fields
  deploy(config: z.infer<z.ZodObject<Fields>>, context: StepTimeContext): Deployment
}): StepTimeKind {
  const { type, fields } = kind
  return {
    type,
    fields,
    // The schema of this kind has made the section.
    deploy: (config, context) =>
      kind.deploy(config as unknown as z.infer<z.ZodObject<Fields>>, context),
  }
}
