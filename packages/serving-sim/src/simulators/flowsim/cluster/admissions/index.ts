// The admissions, by name. A new one is a file and a line here.
import type { CreateAdmission } from '../admission.js'
import { always } from './always.js'
import { queueLimit } from './queue-limit.js'
import { shed } from './shed.js'
import { tokenBucket } from './token-bucket.js'

export const ADMISSIONS = {
  always,
  'token-bucket': tokenBucket,
  'queue-limit': queueLimit,
  shed,
} as const satisfies Record<string, CreateAdmission>

export type AdmissionPolicy = keyof typeof ADMISSIONS

/** Names of the admissions. */
export const ADMISSION_POLICIES = Object.keys(ADMISSIONS) as AdmissionPolicy[]
