// The layouts of one instance that are tried: powers of two of tensor, pipeline, context, data and expert parallelism.
// What a model or an engine does not take is refused when the layout is deployed.
import type { Budget } from './question.js'

/** Degrees of parallelism of one instance, as the fields of `stepTime`. */
export interface Layout {
  tensorParallel: number
  pipelineParallel: number
  contextParallel: number
  dataParallel: number
  expertParallel: number
}

/** Most devices of an instance. */
const MOST_DEVICES = 64
const MOST_STAGES = 4
const MOST_CONTEXT = 4

/** @param hasExperts models without experts have no use for data parallelism inside of an instance */
export function layoutsOf({ nodeDevices, devices }: Budget, hasExperts: boolean): Layout[] {
  const most = Math.min(devices, MOST_DEVICES)
  const layouts: Layout[] = []
  for (const tensorParallel of powers(Math.min(nodeDevices, most))) {
    for (const contextParallel of powers(MOST_CONTEXT)) {
      for (const pipelineParallel of powers(MOST_STAGES)) {
        for (const dataParallel of hasExperts ? powers(most) : [1]) {
          const inner = tensorParallel * dataParallel
          // Stages and context groups are for what does not fit otherwise: not beside replicas.
          const others = contextParallel * pipelineParallel
          if (others > 1 && (dataParallel > 1 || (contextParallel > 1 && pipelineParallel > 1))) {
            continue
          }
          if (inner * others > most) continue
          for (const expertParallel of hasExperts ? powers(inner) : [1]) {
            layouts.push({
              tensorParallel,
              pipelineParallel,
              contextParallel,
              dataParallel,
              expertParallel,
            })
          }
        }
      }
    }
  }
  return layouts
}

/** 1, 2, 4, … up to a number. */
function powers(most: number): number[] {
  const found: number[] = []
  for (let power = 1; power <= most; power *= 2) found.push(power)
  return found
}

/** Short, such as `TP4 DP2 EP8`. */
export function layoutText(layout: Layout): string {
  const parts: [string, number][] = [
    ['TP', layout.tensorParallel],
    ['PP', layout.pipelineParallel],
    ['CP', layout.contextParallel],
    ['DP', layout.dataParallel],
    ['EP', layout.expertParallel],
  ]
  return parts
    .filter(([name, degree]) => degree > 1 || name === 'TP')
    .map(([name, degree]) => `${name}${degree}`)
    .join(' ')
}
