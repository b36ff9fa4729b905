// Estimates from a service that speaks the LLMCompass task interface: FlowSim's own, which answers every
// operation as this program would by itself, or the original, which knows five operations.
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type BackendAnswer, BackendClient, settingsOf } from '@flowsim/profiler-runner'
import {
  type Dtype,
  type Estimate,
  estimateSchema,
  type HardwareSpec,
  type KernelOperation,
  type KernelTrace,
  type OpCall,
  opWork,
  type SimulationTaskRequest,
} from '@flowsim/trace-schema'
import { CliError } from '../../program/errors.js'
import { note } from '../../program/print.js'
import { Progress } from '../../program/progress.js'
import type { SimulateFlags } from './flags.js'

/** Names of element types that every version of the interface reads. */
const WIRE_DTYPES: Partial<Record<Dtype, string>> = {
  bf16: 'c10::BFloat16',
  fp16: 'torch.float16',
  fp32: 'torch.float32',
  fp8_e4m3: 'torch.float8_e4m3fn',
  int8: 'torch.int8',
}

/** An operation that only FlowSim's own service lists: who has it takes every operation. */
const BEYOND_THE_ORIGINAL = 'attention'

/** One estimate for each kernel, null where the service has no answer, and who made them. */
export async function estimatesOverHttp(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  hardware: HardwareSpec,
  flags: SimulateFlags,
): Promise<{ estimates: (Estimate | null)[]; model: string }> {
  if (flags.profile !== undefined || flags.measurements !== undefined) {
    throw new CliError(
      'usage',
      '--backend http: the service answers by its own models; leave out --profile and --measurements',
    )
  }
  const { url, token } = serviceOf(flags)
  const progress = new Progress()
  // Answers so far, so that the same command goes on where it was cut off.
  const journal = `${resolve(flags.output)}.answers.jsonl`
  const client = new BackendClient({
    url,
    journal,
    ...(token === undefined ? {} : { token }),
    onProgress: (done, total) => progress.update(() => `${done} of ${total} kernels answered`),
  })
  const isFlowsim = (await client.supportedOps()).includes(BEYOND_THE_ORIGINAL)
  const requestOf = isFlowsim
    ? (call: OpCall) => fullRequest(call, flags)
    : (call: OpCall) => originalRequest(call)
  const asked: { index: number; call: OpCall; request: SimulationTaskRequest }[] = []
  operations.forEach(({ call, auxiliary }, index) => {
    const request = call === undefined || auxiliary === true ? undefined : requestOf(call)
    if (request === undefined) return
    const { name } = trace.kernels[index]!
    const task = { kernel_name: name, ...request, system_key: hardware.name }
    asked.push({ index, call: call!, request: task })
  })
  let answers: BackendAnswer[]
  try {
    answers = await client.simulateAll(asked.map(({ request }) => request))
  } catch (error) {
    note(`answers so far are kept in ${journal}: the same command goes on from there`)
    throw error
  }
  progress.done()
  await rm(journal, { force: true })
  const estimates: (Estimate | null)[] = operations.map(() => null)
  const refused = new Map<string, number>()
  answers.forEach((answer, i) => {
    const { index, call } = asked[i]!
    if (answer.status === 'ok') estimates[index] = estimateOf(answer, call, hardware, url)
    else refused.set(answer.code, (refused.get(answer.code) ?? 0) + 1)
  })
  for (const [code, count] of refused) note(`${url}: ${count} kernels without an answer: ${code}`)
  return { estimates, model: isFlowsim ? flags.model : `http:${url}` }
}

function serviceOf(flags: SimulateFlags): { url: string; token: string | undefined } {
  const settings = settingsOf('simulate.', {
    flags: { 'api-url': flags.apiUrl, 'api-token': flags.apiToken },
  })
  const url = settings['simulate.apiUrl']
  const token = settings['simulate.apiToken']
  if (url === undefined) {
    throw new CliError('usage', '--backend http needs --api-url, such as http://127.0.0.1:8000')
  }
  return { url: String(url), token: token === undefined ? undefined : String(token) }
}

type Asked = Omit<SimulationTaskRequest, 'kernel_name'>

/** An operation with all its dimensions and who is to answer, for FlowSim's service. */
function fullRequest({ op, ...dimensions }: OpCall, { model, mode, l2 }: SimulateFlags): Asked {
  const dtype = 'dtype' in dimensions ? dimensions.dtype : undefined
  return {
    op,
    input_dim: dimensions,
    ...(dtype === undefined ? {} : { dtype }),
    model,
    l2,
    ...(mode === undefined ? {} : { mode }),
  }
}

/** An operation as the original spells it; undefined where it has no word for it. */
function originalRequest(call: OpCall): Asked | undefined {
  const dtype = 'dtype' in call && call.dtype !== undefined ? WIRE_DTYPES[call.dtype] : undefined
  if (dtype === undefined) return undefined
  switch (call.op) {
    case 'matmul':
      return {
        op: 'matmul',
        input_dim: [
          [call.m, call.k],
          [call.k, call.n],
        ],
        dtype: [dtype, dtype],
      }
    case 'bmm':
      return {
        op: 'bmm',
        input_dim: [
          [call.batch, call.m, call.k],
          [call.batch, call.k, call.n],
        ],
        dtype: [dtype, dtype],
      }
    case 'softmax':
    case 'layernorm':
      return { op: call.op, input_dim: [call.rows, call.cols], dtype }
    case 'gelu':
      return { op: 'gelu', input_dim: [call.elements], dtype }
    default:
      return undefined
  }
}

function estimateOf(
  { timeS: latencyS, output }: Extract<BackendAnswer, { status: 'ok' }>,
  call: OpCall,
  hardware: HardwareSpec,
  url: string,
): Estimate {
  const whole = estimateSchema.safeParse((output as { estimate?: unknown } | undefined)?.estimate)
  if (whole.success) return whole.data
  const { flops, readBytes, writeBytes } = opWork(call)
  return {
    schema: 'flowsim.estimate/1',
    latencyS,
    p10S: latencyS,
    p90S: latencyS,
    flops,
    bytes: readBytes + writeBytes,
    bound: 'compute',
    parts: { computeS: latencyS, memoryS: 0, launchS: 0, networkS: 0 },
    model: `http:${url}`,
    hardware: hardware.name,
    profile: null,
    notes: ['The service tells a time only: bound, parts and uncertainty are unknown.'],
  }
}
