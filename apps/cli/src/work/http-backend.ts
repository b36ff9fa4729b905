// Estimates from a service that speaks the LLMCompass task interface.
import { BackendClient } from '@flowsim/profiler-runner'
import {
  type Dtype,
  type Estimate,
  type HardwareSpec,
  type KernelOperation,
  type KernelTrace,
  type OpCall,
  opWork,
  type SimulationTaskRequest,
} from '@flowsim/trace-schema'
import { CliError } from '../program/errors.js'
import { note } from '../program/print.js'
import { Progress } from '../program/progress.js'

/** Names of element types that every version of the interface reads. */
const WIRE_DTYPES: Partial<Record<Dtype, string>> = {
  bf16: 'c10::BFloat16',
  fp16: 'torch.float16',
  fp32: 'torch.float32',
  fp8_e4m3: 'torch.float8_e4m3fn',
  int8: 'torch.int8',
}

/** One estimate for each kernel; null where the service has no answer. */
export async function estimatesOverHttp(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  hardware: HardwareSpec,
  url: string | undefined,
): Promise<(Estimate | null)[]> {
  if (url === undefined) {
    throw new CliError('usage', '--backend http needs --api-url, such as http://127.0.0.1:8000')
  }
  const asked: { index: number; call: OpCall; request: SimulationTaskRequest }[] = []
  operations.forEach(({ call, auxiliary }, index) => {
    const request = call === undefined || auxiliary === true ? undefined : wireRequest(call)
    if (request === undefined) return
    const name = trace.kernels[index]!.name
    asked.push({
      index,
      call: call!,
      request: { ...request, kernel_name: name, system_key: hardware.name },
    })
  })
  const progress = new Progress()
  const client = new BackendClient({
    url,
    onProgress: (done, total) => progress.update(() => `${done} of ${total} kernels answered`),
  })
  const answers = await client.simulateAll(asked.map(({ request }) => request))
  progress.done()
  const estimates: (Estimate | null)[] = operations.map(() => null)
  const refused = new Map<string, number>()
  answers.forEach((answer, i) => {
    const { index, call } = asked[i]!
    if (answer.status === 'ok') estimates[index] = asEstimate(answer.timeS, call, hardware, url)
    else refused.set(answer.code, (refused.get(answer.code) ?? 0) + 1)
  })
  for (const [code, count] of refused) note(`${url}: ${count} kernels without an answer: ${code}`)
  return estimates
}

/** An operation as the interface spells it; undefined where it has no word for it. */
function wireRequest(call: OpCall): Omit<SimulationTaskRequest, 'kernel_name'> | undefined {
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

function asEstimate(latencyS: number, call: OpCall, hardware: HardwareSpec, url: string): Estimate {
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
