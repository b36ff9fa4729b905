// Kinds of workloads: what `workload: { type: … }` of a configuration can be.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { z } from 'zod'
import type { ReadText } from '../config/read-text.js'
import type { SourcePlace } from '../errors.js'
import type { Assumption } from '../step-time/deployment.js'
import type { Trace } from './trace-format.js'

/** A section `workload`; which fields it has is the matter of its kind. */
export interface WorkloadConfig {
  type: string
  [field: string]: unknown
}

/** What a workload is built with. */
export interface WorkloadContext {
  seed: number
  /** Infinity: no end. */
  horizonNs: number
  readText: ReadText
  /** Reads a recorded workload; its format by its contents unless given. */
  readTrace(path: string, format?: string, charactersPerToken?: number): Trace
  /** Of the section, for errors. */
  place: SourcePlace
}

/** Requests, and the rate that the workload says it has, if it does. */
export interface BuiltWorkload {
  /** In order of arrival. */
  requests: WorkloadRequest[]
  /** Requests a second. */
  ratePerS: number | null
  /** Values that enter it though its section does not state them. */
  assumptions?: readonly Assumption[]
}

/** A kind of workloads, as lists hold it. */
export interface WorkloadKind {
  readonly type: string
  /** Fields of the section besides `type`. */
  readonly fields: z.ZodRawShape
  /** @throws ServingError if it cannot be built */
  build(config: WorkloadConfig, context: WorkloadContext): BuiltWorkload
}

/** A kind of workloads, written with the types of its fields. */
export function defineWorkload<Fields extends z.ZodRawShape>(kind: {
  type: string
  fields: Fields
  build(config: z.infer<z.ZodObject<Fields>>, context: WorkloadContext): BuiltWorkload
}): WorkloadKind {
  const { type, fields } = kind
  return {
    type,
    fields,
    // The schema of this kind has made the section.
    build: (config, context) =>
      kind.build(config as unknown as z.infer<z.ZodObject<Fields>>, context),
  }
}
