// What was simulated: model, device, layout, traffic.
import type { PreparedRun } from '@flowsim/serving-sim'

/** Name and value of each fact that the configuration states or implies. */
export function whatRan({ config, settings, devices, requests }: PreparedRun): [string, string][] {
  const groups = groupsOf(config)
  const text = (value: unknown) => (value === undefined || value === null ? null : String(value))
  const each = (of: (step: Fields) => string | null) => {
    const values = new Set(groups.flatMap(({ step }) => of(step) ?? []))
    return values.size === 0 ? null : [...values].join(' + ')
  }
  // What only the first of several groups is said to be, others may not be.
  const isOne = groups.length === 1
  const facts: [string, string | null][] = [
    ['Model', each(({ model }) => text(model))],
    ['Hardware', each(({ hardware }) => text(hardware))],
    [
      'Engine',
      each(
        (step) => [text(step.kernels), text(step.engineVersion)].filter(Boolean).join(' ') || null,
      ),
    ],
    ['Scheduler', text(settings.scheduler)],
    ['Instances', isOne ? text(settings.instances) : groups.map(groupText).join(' + ')],
    ['Tensor parallel', isOne ? degree(settings.tensorParallel) : null],
    ['Pipeline parallel', isOne ? degree(settings.pipelineParallel) : null],
    ['Devices', text(devices)],
    ['Precision', isOne ? text(settings.precision) : each(({ precision }) => text(precision))],
    ['Traffic', trafficOf(requests)],
  ]
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
}

type Fields = Record<string, unknown>

/** Instances that are alike. */
interface InstanceGroup {
  count: number
  role: string
  /** The section `stepTime` that holds for them. */
  step: Fields
}

function groupsOf(config: PreparedRun['config']): InstanceGroup[] {
  const { stepTime = {}, instances } = config as {
    stepTime?: Fields
    instances?: { count: number; role: string; stepTime?: Fields }[]
  }
  if (!Array.isArray(instances)) return [{ count: 1, role: 'both', step: stepTime }]
  return instances.map(({ count, role, stepTime: step = stepTime }) => ({ count, role, step }))
}

/** Such as `2 decode (TP 4)`. */
function groupText({ count, role, step }: InstanceGroup): string {
  const degrees = (
    [
      ['TP', step.tensorParallel],
      ['PP', step.pipelineParallel],
      ['CP', step.contextParallel],
      ['DP', step.dataParallel],
      ['EP', step.expertParallel],
    ] as const
  ).filter(([, value]) => typeof value === 'number' && value > 1)
  const layout = degrees.map(([name, value]) => `${name} ${value}`).join(' ')
  return [
    `${count}`,
    ...(role === 'both' ? [] : [role]),
    ...(layout === '' ? [] : [`(${layout})`]),
  ].join(' ')
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
