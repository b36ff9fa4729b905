// Operations of kernels seen before. Equal operators are one object, so that most kernels of a trace are
// the same name, operator and grid over and over: these share one result.
import type { KernelEvent, KernelOperation, KernelOperator } from '@flowsim/trace-schema'
import type { Surroundings } from '../dimensions/context.js'

interface Entry {
  kernel: KernelEvent
  operation: KernelOperation
}

const NO_OPERATOR = {}

// 2³¹ − 1 times 65599 is an exact double.
const PRIME = 2147483647
const FACTOR = 65599

/** Remembers operations that follow from a kernel alone. */
export class Memo {
  readonly #byOperator = new Map<object, Map<string, Map<number, Entry>>>()
  #depends = false

  /** What is known beside the kernel; a result that made use of it is not remembered. */
  watch(surroundings: Surroundings): Surroundings {
    this.#depends = false
    const used = () => {
      this.#depends = true
    }
    const { sequencesByKvTokens, rowsOfWidth, ...rest } = surroundings
    return {
      ...rest,
      get sequencesByKvTokens() {
        used()
        return sequencesByKvTokens
      },
      get rowsOfWidth() {
        used()
        return rowsOfWidth
      },
    } as Surroundings
  }

  get(kernel: KernelEvent): KernelOperation | undefined {
    if (!isPlain(kernel)) return undefined
    const entry = this.#byOperator
      .get(kernel.op ?? NO_OPERATOR)
      ?.get(kernel.name)
      ?.get(launchNumber(kernel))
    return entry !== undefined && alike(kernel, entry.kernel) ? entry.operation : undefined
  }

  set(kernel: KernelEvent, operation: KernelOperation): void {
    if (this.#depends || !isPlain(kernel) || operation.op === 'attention') return
    const operator: KernelOperator | object = kernel.op ?? NO_OPERATOR
    let names = this.#byOperator.get(operator)
    if (names === undefined) {
      names = new Map()
      this.#byOperator.set(operator, names)
    }
    let launches = names.get(kernel.name)
    if (launches === undefined) {
      launches = new Map()
      names.set(kernel.name, launches)
    }
    const number = launchNumber(kernel)
    if (!launches.has(number)) launches.set(number, { kernel, operation })
  }
}

/** Annotations and messages are read for each kernel, and scopes tell the lengths of sequences. */
function isPlain({ tensors, collective }: KernelEvent): boolean {
  return tensors === undefined && collective === undefined
}

/**
 * A number that launches with equal grid, block and bytes share, and others with a probability of 2⁻³¹
 * at most.
 */
export function launchNumber({ grid, block, bytes = 0 }: KernelEvent): number {
  let number = bytes % PRIME
  for (const size of grid ?? []) number = (number * FACTOR + size) % PRIME
  for (const size of block ?? []) number = (number * FACTOR + size) % PRIME
  return number
}

function alike(a: KernelEvent, b: KernelEvent): boolean {
  return (
    a.kind === b.kind &&
    a.bytes === b.bytes &&
    a.shapesFrom === b.shapesFrom &&
    a.launch?.api === b.launch?.api &&
    sameSizes(a.grid, b.grid) &&
    sameSizes(a.block, b.block)
  )
}

function sameSizes(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  if (a === b) return true
  return a !== undefined && b !== undefined && a.every((size, i) => size === b[i])
}
