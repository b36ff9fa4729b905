// What is asked of a latency model for the kernels of a trace: layers repeat, and equal questions are asked once.
import { sourceOfKernel, threadsOf } from '@flowsim/calibration'
import type { EstimateOptions } from '@flowsim/perf-model'
import type { KernelEvent, KernelOperation, OpCall } from '@flowsim/trace-schema'

/** What of a kernel bears on its estimate. */
export type Launched = Pick<KernelEvent, 'name' | 'grid' | 'block'>

/** An operation and how it is to be estimated. */
export interface KernelQuestion {
  call: OpCall
  options: EstimateOptions
}

/** The questions that kernels ask, each once, and the number of each kernel's; −1 for a kernel that asks none. */
export function distinctQuestions(
  operations: readonly KernelOperation[],
  kernels: readonly Launched[] | undefined,
  options: EstimateOptions,
): { questions: KernelQuestion[]; ofKernel: Int32Array } {
  const questions: KernelQuestion[] = []
  const ofKernel = new Int32Array(operations.length).fill(-1)
  const byText = new Map<string, number>()
  // Equal operations are one object in most traces: their texts are made once for a launch.
  const byOperation = new Map<KernelOperation, Map<string, number>>()
  const launches = new LaunchTexts()
  for (let k = 0; k < operations.length; k++) {
    const operation = operations[k]!
    const { call, auxiliary } = operation
    if (call === undefined || auxiliary === true) continue
    const kernel = kernels?.[k]
    const launch = kernel === undefined ? '' : launches.of(kernel)
    let ofOperation = byOperation.get(operation)
    if (ofOperation === undefined) {
      ofOperation = new Map()
      byOperation.set(operation, ofOperation)
    }
    let number = ofOperation.get(launch)
    if (number === undefined) {
      const key = `${launch} ${JSON.stringify(call)}`
      number = byText.get(key)
      if (number === undefined) {
        number = questions.push({ call, options: optionsOf(options, kernel) }) - 1
        byText.set(key, number)
      }
      ofOperation.set(launch, number)
    }
    ofKernel[k] = number
  }
  return { questions, ofKernel }
}

/** What a kernel itself says about how it is to be estimated. */
function optionsOf(options: EstimateOptions, kernel: Launched | undefined): EstimateOptions {
  if (kernel === undefined) return options
  const threads = threadsOf(kernel)
  return {
    ...options,
    source: options.source ?? sourceOfKernel(kernel.name),
    ...(threads !== undefined && { threads }),
  }
}

/** The part of a launch that tells questions apart, as a text: whose kernel it is, and its threads. */
class LaunchTexts {
  readonly #byName = new Map<string, { source: string; byThreads: Map<number, string> }>()

  of(kernel: Launched): string {
    let named = this.#byName.get(kernel.name)
    if (named === undefined) {
      named = { source: sourceOfKernel(kernel.name), byThreads: new Map() }
      this.#byName.set(kernel.name, named)
    }
    const threads = threadsOf(kernel) ?? 0
    let text = named.byThreads.get(threads)
    if (text === undefined) {
      text = `${named.source} ${threads}`
      named.byThreads.set(threads, text)
    }
    return text
  }
}
