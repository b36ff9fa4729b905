// Answers one task. Two ways, chosen by the request:
//
// - It names one of the original's two systems and no model: the original's rules and its results to
//   the last bit, for matmul, bmm, layernorm, softmax and gelu. What the original refuses is refused
//   in the same words; where it crashes (gelu, a list of types for layernorm, shapes outside its
//   table, sizes of 0) there is an answer, or a refusal that says why.
// - Anything else: our operations, models, types and hardware. A system is then the exact name of a
//   device of the catalogue, so that what the original calls unknown ("H100") stays unknown; with a
//   model, aliases and other spellings are found too.
import { getModel } from '@flowsim/calibration'
import { type EstimateOptions, PerfModelError } from '@flowsim/perf-model'
import { findHardware, listHardware } from '@flowsim/perf-model/hardware'
import {
  firstDtype,
  operationOf,
  REFUSALS,
  SUPPORTED_OPS,
  TaskFault,
  type TaskRequest,
  type TaskResult,
} from '@flowsim/task-api'
import type { HardwareSpec } from '@flowsim/trace-schema'

/** Model that answers where none is named. */
export const DEFAULT_MODEL = 'calibrated'

const ORIGINAL_SYSTEMS = ['A100_4_fp16', 'TPUv3_8']
const ORIGINAL_OPS: Record<string, string> = {
  matmul: 'matmul simulated',
  bmm: 'bmm simulated',
  layernorm: 'LayerNorm simulated',
  softmax: 'Softmax simulated',
  gelu: 'GeLU simulated',
}

/** Answers a task; never throws for anything that a request can hold. */
export function simulateTask(request: TaskRequest): TaskResult {
  const op = selectedOp(request)
  try {
    if (request.model === undefined) {
      if (request.system_key === null && !isExtension(request, op))
        return refuseAsOriginal(op, request)
      if (Object.hasOwn(ORIGINAL_OPS, op) && isOriginalSystem(request))
        return asOriginal(op, request)
    }
    return asOurs(op, request)
  } catch (error) {
    if (error instanceof TaskFault) return failure(error.code, error.message)
    if (error instanceof PerfModelError) return failure(codeOf(error), error.message)
    throw error
  }
}

// `op`, or where it is empty the kernel's name; in any case of letters.
function selectedOp({ op, kernel_name }: TaskRequest): string {
  return (op || kernel_name).toLowerCase()
}

function isOriginalSystem({ system_key }: TaskRequest): boolean {
  return system_key !== null && ORIGINAL_SYSTEMS.includes(system_key)
}

function isExtension({ input_dim }: TaskRequest, op: string): boolean {
  return !Object.hasOwn(ORIGINAL_OPS, op) && typeof input_dim === 'object'
}

function asOriginal(op: string, request: TaskRequest): TaskResult {
  checkAsOriginal(op, request)
  const hardware = findHardware(request.system_key!)
  const devices = hardware.system.devices
  const call = operationOf(op, request.input_dim, 'fp16', devices)
  const { latencyS } = getModel('tile').estimate(call, hardware, { mode: 'heuristic-GPU' })
  return { status: 'success', output: { summary: ORIGINAL_OPS[op]! }, simulated_time: latencyS }
}

// The original looks at the type, then at the dimensions, then at the system.
function checkAsOriginal(op: string, { dtype, input_dim }: TaskRequest): void {
  // Matmuls take dtype[0], which of a plain text is its first letter.
  const isProduct = op === 'matmul' || op === 'bmm'
  const name = typeof dtype === 'string' && !isProduct ? dtype : (dtype[0] ?? '')
  if (!/fp16|float16/i.test(name)) throw new TaskFault('INVALID_INPUT', REFUSALS.dtype)
  const isObject = typeof input_dim === 'object' && !Array.isArray(input_dim)
  if (isObject) throw new TaskFault('INVALID_INPUT', REFUSALS.dimension)
}

function refuseAsOriginal(op: string, request: TaskRequest): TaskResult {
  if (!Object.hasOwn(ORIGINAL_OPS, op)) throw new TaskFault('UNSUPPORTED_OP', REFUSALS.op)
  checkAsOriginal(op, request)
  operationOf(op, request.input_dim, 'fp16', 1)
  throw new TaskFault('NO_SYSTEM', REFUSALS.noSystem)
}

function asOurs(op: string, request: TaskRequest): TaskResult {
  if (!SUPPORTED_OPS.includes(op)) throw new TaskFault('UNSUPPORTED_OP', REFUSALS.op)
  const hardware = systemOf(request)
  const dtype = firstDtype(request.dtype)
  const call = operationOf(op, request.input_dim, dtype, hardware.system.devices)
  const options: EstimateOptions = {
    ...(request.mode === undefined ? {} : { mode: request.mode }),
    ...(request.l2 === undefined ? {} : { l2: request.l2 }),
    ...(request.source === undefined ? {} : { source: request.source }),
    ...(request.threads === undefined ? {} : { threads: request.threads }),
  }
  const estimate = getModel(request.model ?? DEFAULT_MODEL).estimate(call, hardware, options)
  return {
    status: 'success',
    output: { summary: `${op} simulated`, estimate },
    simulated_time: estimate.latencyS,
  }
}

function systemOf({ system_key: key, model }: TaskRequest): HardwareSpec {
  if (key === null) throw new TaskFault('NO_SYSTEM', REFUSALS.noSystem)
  if (model !== undefined) return findHardware(key)
  const exact = listHardware().find((spec) => spec.name === key)
  if (exact === undefined) {
    throw new TaskFault('NO_SYSTEM', `missing system configuration '${key}'`)
  }
  return exact
}

function codeOf(error: PerfModelError): string {
  switch (error.code) {
    case 'unsupported_op':
      return 'UNSUPPORTED_OP'
    case 'unknown_hardware':
    case 'invalid_hardware':
      return 'NO_SYSTEM'
    default:
      return 'INVALID_INPUT'
  }
}

function failure(code: string, error: string): TaskResult {
  return {
    status: 'failed',
    output: null,
    simulated_time: null,
    failure_reason: { error, error_code: code },
  }
}
