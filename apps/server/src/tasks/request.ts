// The body of POST /tasks: the original's fields with its defaults, and ours beyond them. What is
// wrong with a body is told in the original's form (422, a list of { loc, msg, type }).
import type { EstimateOptions } from '@flowsim/perf-model'

/** A task as it was asked for, defaults filled in. */
export interface TaskRequest {
  kernel_name: string
  op: string | null
  input_dim: unknown
  dtype: string | string[]
  system_key: string | null
  /** Beyond the original: the model that answers. */
  model?: string
  /** Beyond the original: variant of the model. */
  mode?: string
  /** Beyond the original: whether operands lie in the last-level cache. */
  l2?: NonNullable<EstimateOptions['l2']>
}

/** One fault of a body, in the original's form. */
export interface BodyFault {
  loc: (string | number)[]
  msg: string
  type: string
}

// Shapes have two levels, dimensions of an operation three.
const DEEPEST = 8

function isTooDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isTooDeep(inner, levels - 1))
}

const required = (...loc: string[]): BodyFault => ({
  loc,
  msg: 'field required',
  type: 'value_error.missing',
})
const noText = (...loc: string[]): BodyFault => ({
  loc,
  msg: 'str type expected',
  type: 'type_error.str',
})

/** Reads a body; the answer is the request, or what is wrong with it. */
export function readTaskRequest(text: string): TaskRequest | BodyFault[] {
  if (text.trim() === '') return [required('body')]
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    return [{ loc: ['body'], msg: (error as Error).message, type: 'value_error.jsondecode' }]
  }
  if (body === null) return [required('body')]
  if (typeof body !== 'object' || Array.isArray(body)) {
    return [{ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' }]
  }
  const fields = body as Record<string, unknown>
  const faults: BodyFault[] = []
  if (fields.kernel_name === undefined) faults.push(required('body', 'kernel_name'))
  else if (typeof fields.kernel_name !== 'string') faults.push(noText('body', 'kernel_name'))
  // The original refuses null; FlowSim's own client sends it for kernels that it cannot name.
  if (fields.op === undefined) faults.push(required('body', 'op'))
  else if (fields.op !== null && typeof fields.op !== 'string') faults.push(noText('body', 'op'))
  const { dtype = 'fp32', system_key: system = null } = fields
  const isDtype =
    typeof dtype === 'string' ||
    (Array.isArray(dtype) && dtype.every((item) => typeof item === 'string'))
  if (isTooDeep(fields.input_dim, DEEPEST)) {
    faults.push({ loc: ['body', 'input_dim'], msg: 'nested too deeply', type: 'value_error' })
  }
  if (!isDtype) faults.push(noText('body', 'dtype'))
  if (system !== null && typeof system !== 'string') faults.push(noText('body', 'system_key'))
  for (const name of ['model', 'mode', 'l2']) {
    const value = fields[name]
    if (value !== undefined && typeof value !== 'string') faults.push(noText('body', name))
  }
  if (fields.l2 !== undefined && fields.l2 !== 'warm' && fields.l2 !== 'cold') {
    faults.push({ loc: ['body', 'l2'], msg: '"warm" or "cold" expected', type: 'value_error' })
  }
  if (faults.length > 0) return faults
  return {
    kernel_name: fields.kernel_name as string,
    op: fields.op as string | null,
    input_dim: fields.input_dim ?? null,
    dtype: dtype as string | string[],
    system_key: system as string | null,
    ...(fields.model === undefined ? {} : { model: fields.model as string }),
    ...(fields.mode === undefined ? {} : { mode: fields.mode as string }),
    ...(fields.l2 === undefined ? {} : { l2: fields.l2 as 'warm' | 'cold' }),
  }
}
