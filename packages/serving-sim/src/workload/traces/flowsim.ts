// Our own document of a workload, `flowsim.serving-workload/1`: everything that a request can have.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { schemaFaultText, servingWorkloadSchema } from '@flowsim/trace-schema/zod'
import { ServingError } from '../../errors.js'
import { parseJson } from '../parse-json.js'
import type { TraceFormat } from '../trace-format.js'

export const flowsimDocument: TraceFormat = {
  name: 'flowsim',
  hasTimes: true,
  recognise: ({ columns, text }) =>
    columns === null && text.includes('flowsim.serving-workload/') ? 3 : 0,
  read(text, source): WorkloadRequest[] {
    const parsed = servingWorkloadSchema.safeParse(parseJson(text, { source }))
    if (parsed.success) return parsed.data.requests
    throw new ServingError('invalid_trace', schemaFaultText(parsed.error), { source })
  },
}
