// Reads documents: checks the tag, upgrades older majors, refuses newer ones and wrong fields.
import { z } from 'zod'
import { type DocumentName, type Documents, MAJORS } from '../document.js'
import { TraceSchemaError } from '../errors.js'
import { estimateSchema } from './estimate.js'
import { hardwareSpecSchema } from './hardware-spec.js'
import { kernelOperationSchema } from './kernel-operation.js'
import { kernelEventSchema, kernelTraceSchema } from './kernel-trace.js'
import { opCallSchema } from './op-call.js'
import { schemaFault } from './schema-fault.js'
import { requestRecordSchema, servingReportSchema } from './serving.js'
import { servingWorkloadSchema } from './serving-workload.js'
import { parseSummarySchema, simulationSummarySchema } from './summaries.js'
import { tensorArgSchema } from './tensor.js'

/** One kind of document: its current major version, its schema, and the way up from older majors. */
export interface DocumentKind<Schema extends z.ZodType = z.ZodType> {
  major: number
  schema: Schema
  /** `upgrades[1]` turns major 1 into major 2. */
  upgrades?: Record<number, (old: Record<string, unknown>) => Record<string, unknown>>
}

/** Every kind of document, by the name in its tag. */
export const DOCUMENTS: { [Name in DocumentName]: DocumentKind<z.ZodType<Documents[Name]>> } = {
  'kernel-trace': { major: MAJORS['kernel-trace'], schema: kernelTraceSchema },
  'kernel-event': { major: MAJORS['kernel-event'], schema: kernelEventSchema },
  'tensor-arg': { major: MAJORS['tensor-arg'], schema: tensorArgSchema },
  'kernel-operation': { major: MAJORS['kernel-operation'], schema: kernelOperationSchema },
  'op-call': { major: MAJORS['op-call'], schema: opCallSchema },
  'hardware-spec': { major: MAJORS['hardware-spec'], schema: hardwareSpecSchema },
  estimate: { major: MAJORS.estimate, schema: estimateSchema },
  'serving-workload': { major: MAJORS['serving-workload'], schema: servingWorkloadSchema },
  'request-record': { major: MAJORS['request-record'], schema: requestRecordSchema },
  'serving-report': { major: MAJORS['serving-report'], schema: servingReportSchema },
  'parse-summary': { major: MAJORS['parse-summary'], schema: parseSummarySchema },
  'simulation-summary': { major: MAJORS['simulation-summary'], schema: simulationSummarySchema },
}

/**
 * Reads a document of a known kind: checks its tag, upgrades an older major, validates it.
 * @param value - parsed JSON
 * @param source - name of the input, for error messages
 * @returns the document in the current version
 * @throws `TraceSchemaError` when the tag is missing, names another kind or a newer major, or
 *   when a field is wrong (the message names the first one)
 */
export function readDocument<Name extends DocumentName>(
  name: Name,
  value: unknown,
  source = 'document',
): Documents[Name] {
  return readTagged<z.ZodType<Documents[Name]>>(name, DOCUMENTS[name], value, source)
}

/** `readDocument` for a kind that is given rather than looked up. */
export function readTagged<Schema extends z.ZodType>(
  name: string,
  kind: DocumentKind<Schema>,
  value: unknown,
  source: string,
): z.infer<Schema> {
  const current = `flowsim.${name}/${kind.major}`
  const tag =
    typeof value === 'object' && value !== null ? (value as { schema?: unknown }).schema : undefined
  if (typeof tag !== 'string') {
    throw new TraceSchemaError(
      'untagged',
      `${source}: no "schema" tag; a ${name} file starts with "schema": "${current}"`,
      'schema',
    )
  }
  const [, found, digits] = /^flowsim\.([a-z-]+)\/(\d+)$/.exec(tag) ?? []
  if (found !== name) {
    throw new TraceSchemaError(
      found !== undefined && Object.hasOwn(DOCUMENTS, found)
        ? 'wrong_document'
        : 'unknown_document',
      `${source}: is a "${tag}", expected "${current}"`,
      'schema',
    )
  }
  const major = Number(digits)
  if (major > kind.major) {
    throw new TraceSchemaError(
      'newer_major',
      `${source}: "${tag}" was written by a newer FlowSim, this one reads up to ${kind.major}; update FlowSim`,
      'schema',
    )
  }
  let document = value as Record<string, unknown>
  for (let from = major; from < kind.major; from++) {
    const upgrade = kind.upgrades?.[from]
    if (upgrade === undefined) {
      throw new TraceSchemaError(
        'no_upgrade',
        `${source}: "${tag}" is too old to be read; make it again with this FlowSim`,
        'schema',
      )
    }
    document = { ...upgrade(document), schema: `flowsim.${name}/${from + 1}` }
  }
  const result = kind.schema.safeParse(document)
  if (result.success) return result.data as z.infer<Schema>
  throw invalid(result.error, source)
}

/** One line for the first fault that zod found. */
function invalid(error: z.ZodError, source: string): TraceSchemaError {
  const { field, text } = schemaFault(error)
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : ''
  const where = field === '' ? source : `${source}: ${field}`
  return new TraceSchemaError('invalid', `${where}: ${text}${more}`, {
    at: { path: field },
    cause: error,
  })
}

/** The JSON Schema (draft 2020-12) of a kind of document. */
export function jsonSchema(name: DocumentName): Record<string, unknown> {
  const { schema, major } = DOCUMENTS[name]
  return {
    $id: `flowsim.${name}.${major}.json`,
    ...z.toJSONSchema(schema, { target: 'draft-2020-12' }),
  }
}
