// Estimates from a service that speaks the LLMCompass task interface: FlowSim's own, which answers every
// operation as this program would by itself, or the original, which knows five operations.
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { sourceOfKernel, threadsOf } from '@flowsim/calibration'
import { settingsOf } from '@flowsim/profiler-runner'
import {
  MOST_THREADS,
  originalOperation,
  type TaskAnswer,
  TaskClient,
  type TaskRequestInput,
  taskOperation,
} from '@flowsim/task-api'
import {
  counted,
  type Estimate,
  type HardwareSpec,
  type KernelOperation,
  type KernelTrace,
  type OpCall,
  opWork,
} from '@flowsim/trace-schema'
import { CliError } from '../../program/errors.js'
import { note } from '../../program/print.js'
import { Progress } from '../../program/progress.js'
import type { SimulateFlags } from './flags.js'

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
  const progress = new Progress(`asking ${url}`)
  // Answers so far, so that the same command goes on where it was cut off.
  const journal = `${resolve(flags.output)}.answers.jsonl`
  const client = new TaskClient({
    url,
    journal,
    ...(token === undefined ? {} : { token }),
    onProgress: (done, total) =>
      progress.update(() => `${done} of ${counted(total, 'kernel')} answered`),
  })
  const isFlowsim = await client.takesEveryOperation()
  const { model, mode, l2 } = flags
  const asks = { model, l2, ...(mode === undefined ? {} : { mode }) }
  const asked: { index: number; call: OpCall; request: TaskRequestInput }[] = []
  operations.forEach(({ call, auxiliary }, index) => {
    if (call === undefined || auxiliary === true) return
    const kernel = trace.kernels[index]!
    const { name } = kernel
    const operation = isFlowsim
      ? { ...taskOperation(call), ...asks, ...launchOf(kernel) }
      : originalOperation(call)
    if (operation === undefined) return
    const request = { kernel_name: name, ...operation, system_key: hardware.name }
    asked.push({ index, call, request })
  })
  let answers: TaskAnswer[]
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
    if (answer.status === 'ok') {
      estimates[index] = answer.estimate ?? timeAlone(answer.timeS, call, hardware, url)
    } else refused.set(answer.code, (refused.get(answer.code) ?? 0) + 1)
  })
  for (const [code, count] of refused)
    note(`${url}: ${counted(count, 'kernel')} without an answer: ${code}`)
  return { estimates, model: isFlowsim ? model : `http:${url}` }
}

/** What a kernel itself says about how it is to be estimated. */
function launchOf(kernel: KernelTrace['kernels'][number]) {
  const threads = threadsOf(kernel)
  const isTold = threads !== undefined && threads <= MOST_THREADS
  return { source: sourceOfKernel(kernel.name), ...(isTold ? { threads } : {}) }
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

/** The estimate of a service that tells a time only. */
function timeAlone(latencyS: number, call: OpCall, hardware: HardwareSpec, url: string): Estimate {
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
