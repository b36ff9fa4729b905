// What was simulated: model, device, layout, traffic.
import type { PreparedRun } from '@flowsim/serving-sim'

/** Name and value of each fact that the configuration states or implies. */
export function whatRan({ config, settings, devices, requests }: PreparedRun): [string, string][] {
  const { stepTime: step } = config as { stepTime?: Record<string, unknown> }
  const text = (value: unknown) => (value === undefined || value === null ? null : String(value))
  const facts: [string, string | null][] = [
    ['Model', text(step?.model)],
    ['Hardware', text(step?.hardware)],
    ['Engine', [text(step?.kernels), text(step?.engineVersion)].filter(Boolean).join(' ') || null],
    ['Scheduler', text(settings.scheduler)],
    ['Instances', text(settings.instances)],
    ['Tensor parallel', degree(settings.tensorParallel)],
    ['Pipeline parallel', degree(settings.pipelineParallel)],
    ['Devices', text(devices)],
    ['Precision', text(settings.precision)],
    ['Traffic', trafficOf(requests)],
  ]
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
}

const degree = (value: number | null) => (value === null || value === 1 ? null : String(value))

/** Requests, their rate, and the means of their lengths. */
function trafficOf(requests: PreparedRun['requests']): string | null {
  if (requests.length === 0) return null
  let [input, output, first, last] = [0, 0, Infinity, 0]
  for (const { inputTokens, outputTokens, arrivalNs } of requests) {
    input += inputTokens
    output += outputTokens
    first = Math.min(first, arrivalNs)
    last = Math.max(last, arrivalNs)
  }
  const count = requests.length
  const mean = (sum: number) => Math.round(sum / count).toLocaleString('en-US')
  const perS = ((count - 1) * 1e9) / (last - first)
  const rate = Number.isFinite(perS) ? ` at ${perS.toPrecision(3)}/s` : ''
  return `${count.toLocaleString('en-US')} requests${rate}, ${mean(input)} in, ${mean(output)} out on average`
}
