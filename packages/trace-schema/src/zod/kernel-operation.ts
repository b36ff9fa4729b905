// What a kernel does: the answer of a kernel database.
import { z } from 'zod'
import { OP_FAMILIES } from '../op-family.js'
import { OP_NAMES } from '../ops/index.js'
import { opCallSchema } from './op-call.js'
import { tensorArgSchema } from './tensor.js'

/** Groups of operations that people look for in a report. */
export const opFamilySchema = z.enum(OP_FAMILIES)

/** Validates a `KernelOperation`. */
export const kernelOperationSchema = z
  .object({
    schema: z.literal('flowsim.kernel-operation/1').optional(),
    op: z.enum(OP_NAMES).nullable().describe('null: no rule knows the kernel.'),
    family: opFamilySchema,
    call: opCallSchema.optional().describe('Present when all dimensions are known.'),
    missing: z.string().optional().describe('Why `call` is absent, in words.'),
    auxiliary: z
      .boolean()
      .optional()
      .describe('Helper of a multi-kernel operator, whose work another kernel is charged with.'),
    fused: z.array(z.string()).optional().describe('Operations fused into the kernel.'),
    tensors: z.array(tensorArgSchema.omit({ schema: true })).describe('With their roles.'),
    library: z.string().optional().describe('"cublas", "flashinfer", "triton", …'),
    rule: z.string().nullable().describe('Id of the rule that answered.'),
  })
  .meta({ description: 'The operation that a kernel performs, with dimensions and tensor roles.' })
