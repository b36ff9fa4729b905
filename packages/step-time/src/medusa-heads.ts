// Medusa's heads: each is a layer x + SiLU(W x) and an LM head, on the last token of each sequence.
//
// Source: Cai et al., "Medusa" (2024), 2.1.1.
import type { ModelConfig, Parallelism } from '@flowsim/model-graph'
import { dtypeBytes, type StepBatch, type StepTimeModel } from '@flowsim/trace-schema'
import type { KernelTimes } from './graph-step-time.js'
import { ReplicaBatch } from './replica-batch.js'

/** The model and the devices of the heads. */
export interface MedusaParts {
  model: ModelConfig
  parallelism: Parallelism
  kernels: KernelTimes
  replicas: number
}

export class MedusaHeads implements StepTimeModel {
  readonly name: string
  /** On one device; the layers of heads are there whole, their LM heads by their share of the words. */
  readonly weightBytes: number
  readonly #words: number
  readonly #batch: ReplicaBatch
  readonly #byRows = new Map<number, number>()

  constructor(
    private readonly count: number,
    private readonly parts: MedusaParts,
  ) {
    const { model, parallelism, replicas } = parts
    const { hidden, vocab, dtype } = model
    this.name = `${model.name} medusa`
    this.#words = Math.ceil(vocab / (parallelism.tensor ?? 1))
    this.#batch = new ReplicaBatch(replicas)
    this.weightBytes = count * hidden * (hidden + 1 + this.#words) * dtypeBytes(dtype)
  }

  stepNs(batch: StepBatch): number {
    this.#batch.set(batch)
    const { samples } = this.#batch
    let ns = this.#byRows.get(samples)
    if (ns === undefined) {
      ns = this.#headsNs(samples)
      this.#byRows.set(samples, ns)
    }
    return ns
  }

  #headsNs(rows: number): number {
    if (rows === 0) return 0
    const { hidden } = this.parts.model
    return this.count * (this.#productNs(rows, hidden) + this.#productNs(rows, this.#words))
  }

  #productNs(m: number, n: number): number {
    const { model, kernels } = this.parts
    const { hidden: k, dtype } = model
    return kernels.timeNs({
      call: { op: 'matmul', m, n, k, dtype },
      name: 'medusa_head',
      module: 'medusa_head',
      layer: null,
      count: 1,
      varies: 'samples',
    })
  }
}
