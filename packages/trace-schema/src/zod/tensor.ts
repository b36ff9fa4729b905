// A tensor as an operator or kernel sees it.
import { z } from 'zod'
import { DTYPES } from '../dtype.js'

/** Validates a `Dtype`. */
export const dtypeSchema = z.enum(DTYPES)

/** What a kernel does with a tensor. */
export const tensorRoleSchema = z.enum(['input', 'output', 'inout'])

/** Validates a `TensorArg`. */
export const tensorArgSchema = z
  .object({
    schema: z.literal('flowsim.tensor-arg/1').optional(),
    name: z.string().optional().describe('Parameter name, such as "q" or "weight".'),
    role: tensorRoleSchema.optional(),
    shape: z.array(z.int()).describe('Sizes in elements, outermost dimension first.'),
    dtype: dtypeSchema.optional().describe('Absent where the trace names no known type.'),
    strides: z.array(z.int()).optional().describe('Strides in elements, one for each dimension.'),
  })
  .meta({ description: 'A tensor argument: shape, element type, role.' })

/** Validates an `OperatorArg`. */
export const operatorArgSchema = z.discriminatedUnion('kind', [
  tensorArgSchema.omit({ schema: true }).extend({ kind: z.literal('tensor') }),
  z.object({
    kind: z.literal('tensor_list'),
    tensors: z.array(tensorArgSchema.omit({ schema: true })),
  }),
  z.object({
    kind: z.literal('scalar'),
    type: z.string().describe('The profiler\'s word: "Scalar", "ScalarList", "int", …'),
    value: z.string().describe('As the profiler wrote it; empty when it recorded no value.'),
  }),
])
