// Operators of graph kernels in traces that this package wrote (writers/graph-kernels.ts). Profilers
// record none: there, an operator around the launch of a graph describes none of its kernels.
import type { KernelEvent } from '@flowsim/trace-schema'
import { parseLenientJson } from '../scan/lenient-json.js'
import { type CapturedContext, GRAPH_KERNEL } from '../writers/graph-kernels.js'
import { hasShapes, type Operators } from './operators.js'

/** What a captured operator gives its kernels. */
type Captured = Pick<KernelEvent, 'op' | 'callStack' | 'modules' | 'shapesFrom'>

/** Reads operators of graph kernels; equal ones are one object. */
export class GraphOperators {
  readonly #known = new Map<NonNullable<KernelEvent['op']>, Captured | undefined>()

  constructor(private readonly operators: Operators) {}

  /** What the operator in a row gives its kernels; undefined where it belongs to no graph. */
  read(row: number): Captured | undefined {
    const operator = this.operators.operator([row])
    if (operator === undefined) return undefined
    if (!this.#known.has(operator)) this.#known.set(operator, this.#read(operator))
    return this.#known.get(operator)
  }

  #read(operator: NonNullable<KernelEvent['op']>): Captured | undefined {
    const { [GRAPH_KERNEL]: text, ...attributes } = operator.attributes ?? {}
    if (text === undefined) return undefined
    const value = parseLenientJson(text) as Partial<CapturedContext> | undefined
    const { attributes: _, ...rest } = operator
    const callStack = texts(value?.callStack)
    const modules = texts(value?.modules)
    return {
      op: {
        ...rest,
        parents: texts(value?.parents) ?? [],
        ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
      },
      ...(callStack === undefined ? {} : { callStack }),
      ...(modules === undefined ? {} : { modules }),
      shapesFrom: hasShapes(operator.args) ? 'capture' : 'none',
    }
  }
}

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined
}
