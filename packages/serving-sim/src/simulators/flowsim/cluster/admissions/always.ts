import type { CreateAdmission } from '../admission.js'

/** Everything. */
export const always: CreateAdmission = () => ({ admits: () => true })
