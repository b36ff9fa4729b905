// Which step of the engine a launch belongs to, by the annotations that engines put around steps.
import type { AnnotationSpan, KernelLaunch } from '@flowsim/trace-schema'
import { isStep, stepBatchSize } from './batch-size.js'

export class Steps {
  /** In order of start. */
  readonly #spans: AnnotationSpan[]

  constructor(annotations: readonly AnnotationSpan[]) {
    const steps = annotations.filter(({ on, name }) => on === 'host' && isStep(name))
    const sized = steps.filter(({ name }) => stepBatchSize(name) !== undefined)
    this.#spans = (sized.length > 0 ? sized : steps).sort((a, b) => a.startNs - b.startNs)
  }

  /** The last step that began before the launch and had not ended. */
  around({ startNs }: KernelLaunch): AnnotationSpan | undefined {
    let low = 0
    let high = this.#spans.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#spans[middle]!.startNs <= startNs) low = middle + 1
      else high = middle
    }
    const last = this.#spans[low - 1]
    return last !== undefined && last.startNs + last.durationNs > startNs ? last : undefined
  }
}
