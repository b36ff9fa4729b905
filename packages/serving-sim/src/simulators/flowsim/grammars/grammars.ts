// Structured output: an instance compiles each schema once, on so many threads, before the first request with it may
// start; each token of such a request needs a mask of what may come next, which the host fills.
import type { Preparation } from '../instance/preparations.js'
import { SerialLink } from '../instance/serial-link.js'
import type { StepPlan } from '../instance/step-plan.js'
import type { Sequence } from '../sequence.js'
import type { GrammarOptions } from './options.js'

export class Grammars implements Preparation {
  /** When each schema is compiled. */
  private readonly compiledNs = new Map<string, number>()
  private readonly threads: SerialLink[]
  private next = 0

  constructor(private readonly options: GrammarOptions) {
    this.threads = Array.from({ length: options.compileThreads }, () => new SerialLink())
  }

  /** Schemas that were compiled. */
  compiled = 0

  readyNs({ grammar }: Sequence, now: number): number {
    if (grammar === null) return now
    let ready = this.compiledNs.get(grammar)
    if (ready === undefined) {
      // Schemas take equally long, so that turns find the thread that is free first.
      const thread = this.threads[this.next++ % this.threads.length]!
      ready = thread.doneNs(this.options.compileNs, now)
      this.compiledNs.set(grammar, ready)
      this.compiled++
    }
    return ready
  }

  /** Nothing is compiled any more. */
  clear(): void {
    this.compiledNs.clear()
  }

  /** Adds the masks of a step: one for each token that it samples, and for each that it verifies. */
  charge(plan: StepPlan): void {
    const { maskNs, maskThreads, overlapped } = this.options
    let masks = 0
    for (const { grammar, scheduled, drafted, computed, known } of plan.sequences) {
      if (grammar !== null && computed + scheduled - drafted >= known) masks += 1 + drafted
    }
    const ns = Math.ceil(masks / maskThreads) * maskNs
    if (overlapped) plan.duringNs = ns
    else plan.besideNs += ns
  }
}
