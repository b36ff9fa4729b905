// Calibration profiles: what fitting finds and estimating reads, as JSON. A profile is a list of sections;
// a section speaks about one kind of operation of one source on one or several devices.

import { PerfModelError } from '@flowsim/perf-model'
import { schemaFault, schemaFaultText } from '@flowsim/trace-schema/zod'
import { z } from 'zod'
import { FAMILIES, type FamilyName } from './families/index.js'

const finite = z.number()
const share = z.number().nonnegative()
/** Rows of a table, and trees of a correction: more than any profile holds. */
const count = z.int().nonnegative().max(1e9)

const storedTreesSchema = z.object({
  base: finite,
  counts: z.array(count),
  cuts: z.base64(),
  steps: z.array(finite),
  nodes: z.string(),
})

const errorsSchema = z.object({
  mape: share.describe('Mean |predicted / measured - 1| of rows that were held out.'),
  median: share,
  p90: share,
  bias: finite.describe('Median of predicted / measured - 1.'),
})

const sectionSchema = z.object({
  family: z.enum(Object.keys(FAMILIES) as [FamilyName, ...FamilyName[]]),
  kind: z.string().describe('Element types, or name of the operation.'),
  source: z.string().describe('Framework, or framework and kernel, that was measured.'),
  devices: z
    .array(
      z.object({
        name: z.string(),
        parameters: z.record(z.string(), z.number().positive()),
        rows: count,
        longestUs: z
          .number()
          .positive()
          .optional()
          .describe('The longest time of its rows: answers far beyond are told and doubted.'),
        near: z
          .object({ width: z.int().positive().max(1024), places: z.base64() })
          .optional()
          .describe('Where its rows lie: away from them the built-in model answers.'),
      }),
    )
    .min(1),
  features: z
    .array(z.string())
    .optional()
    .describe('Names of the features of the trees, in the order of their numbers.'),
  values: z
    .record(z.string(), z.array(z.string()))
    .optional()
    .describe('Names of the values of features that are names, in the order of their numbers.'),
  trees: storedTreesSchema.nullable().describe('Correction of ln(time); null: the core suffices.'),
  spread: z.object({
    trees: storedTreesSchema.nullable().describe('ln of the typical error.'),
    seen: z.tuple([finite, finite]).describe('p10 and p90 in typical errors, sites of the data.'),
    unseen: z.tuple([finite, finite]).describe('The same for other sites.'),
  }),
  spots: z
    .object({ numbers: z.base64(), offsets: z.base64() })
    .nullable()
    .describe(
      'Places of the data and their offsets: uint32 numbers and int8 fiftieths of ln(time).',
    ),
  fit: z.object({
    rows: count,
    sites: count,
    core: errorsSchema.describe('The core alone, in the sample.'),
    newPoints: errorsSchema.nullable(),
    newSites: errorsSchema.nullable(),
  }),
})

/** Validates a {@link CalibrationProfile}. */
export const calibrationProfileSchema = z
  .object({
    schema: z.literal('flowsim.calibration-profile/1'),
    name: z.string(),
    version: z.string(),
    created: z.string().describe('Date of the fit, or of the data.'),
    sources: z.array(z.object({ name: z.string(), licence: z.string(), measured: z.string() })),
    sections: z.array(sectionSchema),
  })
  .meta({ description: 'What calibration found out about operations on devices.' })

/** What calibration found out about operations on devices. */
export interface CalibrationProfile extends z.infer<typeof calibrationProfileSchema> {}

/** One kind of operation of one source. */
export type ProfileSection = CalibrationProfile['sections'][number]

/**
 * Reads a profile.
 * @throws PerfModelError `invalid_profile` that names the field at fault
 */
export function parseProfile(json: string | unknown, input = 'profile'): CalibrationProfile {
  let value = json
  if (typeof json === 'string') {
    try {
      value = JSON.parse(json)
    } catch (cause) {
      throw new PerfModelError('invalid_profile', `${input}: is not JSON`, { cause })
    }
  }
  const result = calibrationProfileSchema.safeParse(value)
  if (result.success) return result.data
  const { field } = schemaFault(result.error)
  throw new PerfModelError('invalid_profile', `${input}: ${schemaFaultText(result.error)}`, field)
}
