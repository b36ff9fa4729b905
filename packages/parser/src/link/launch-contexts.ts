// What was under way on the CPU when a kernel was launched: operators, Python frames, annotations.
import type { KernelLaunch, KernelOperator } from '@flowsim/trace-schema'
import { isGraphLaunch } from '@flowsim/trace-schema'
import type { EventColumns, TraceStore } from '../collect/trace-store.js'
import { unescapeJson } from '../scan/lenient-json.js'
import type { Operators } from './operators.js'
import { EnclosingStack, type RowsByThread, rowsByThread } from './sweep.js'

/** Which frames a call stack is made of. */
export type StackMode = 'none' | 'python' | 'all'

/** Around one launch; shared by all kernels of a graph launch. */
export interface LaunchContext {
  launch: KernelLaunch
  /** Starts a CUDA or HIP graph: many kernels, none of which the operator around it describes. */
  isGraph: boolean
  operator?: KernelOperator
  /** Row of the innermost operator; -1 where there is none. */
  operatorRow: number
  /** External id of the innermost operator; -1 where there is none. */
  operatorExternalId: number
  callStack?: string[]
  modules?: string[]
  /** Rows of the annotations, outermost first. */
  annotations: readonly number[]
  scopes?: string[]
}

/** Contexts by the row of the launch. */
export class LaunchContexts {
  readonly #list: LaunchContext[] = []
  /** Where the context of a row stands in the list, and one. */
  readonly #places: Int32Array

  constructor(rows: number) {
    this.#places = new Int32Array(rows)
  }

  set(row: number, context: LaunchContext): void {
    this.#places[row] = this.#list.push(context)
  }

  /** @param row - -1 where there is no launch */
  get(row: number): LaunchContext | undefined {
    return row < 0 ? undefined : this.#list[this.#places[row]! - 1]
  }
}

const MODULE_FRAME = 'nn.Module: '
const EMPTY = new Int32Array(0)
const NONE: readonly number[] = []

/**
 * The contexts of the runtime calls in `rows`.
 * @param origin - nanoseconds to take off every start
 */
export function launchContexts(
  store: TraceStore,
  operators: Operators,
  rows: RowsByThread,
  stacks: StackMode,
  origin: number,
): LaunchContexts {
  const { runtime } = store
  const operatorRows = rowsByThread(store.operators)
  const frameRows = rowsByThread(store.frames)
  const isHost = (row: number) => store.annotations.onDevice.data[row] === 0
  const annotationRows = rowsByThread(store.annotations, isHost)
  const stackNames = new StackNames(store, operators)
  const contexts = new LaunchContexts(runtime.length)
  const operatorStack: number[] = []
  const frameStack: number[] = []
  const annotationStack: number[] = []
  for (const [thread, launches] of rows) {
    const enclosingOperators = new EnclosingStack(
      store.operators,
      operatorRows.get(thread) ?? EMPTY,
    )
    const enclosingFrames = new EnclosingStack(store.frames, frameRows.get(thread) ?? EMPTY)
    const enclosingAnnotations = new EnclosingStack(
      store.annotations,
      annotationRows.get(thread) ?? EMPTY,
    )
    const pid = store.threads.pid(thread)
    const tid = store.threads.tid(thread)
    for (const row of launches) {
      const time = runtime.start.data[row]!
      enclosingOperators.at(time, operatorStack)
      enclosingFrames.at(time, frameStack)
      enclosingAnnotations.at(time, annotationStack)
      const api = store.names.text(runtime.name.data[row]!)
      const context: LaunchContext = {
        launch: {
          api,
          pid,
          tid,
          startNs: time - origin,
          durationNs: runtime.duration.data[row]!,
        },
        isGraph: isGraphLaunch(api),
        operatorRow: -1,
        operatorExternalId: -1,
        annotations: annotationStack.length === 0 ? NONE : [...annotationStack],
      }
      const innermost = operatorStack[operatorStack.length - 1]
      if (innermost !== undefined) {
        context.operatorRow = innermost
        context.operatorExternalId = store.operators.externalId.data[innermost]!
        const operator = operators.operator(operatorStack)
        if (operator !== undefined && !context.isGraph) context.operator = operator
      }
      if (annotationStack.length > 0 || context.isGraph) {
        const scopes = stackNames.scopes(annotationStack, context.isGraph ? operatorStack : NONE)
        if (scopes.length > 0) context.scopes = scopes
      }
      if (stacks !== 'none' && frameStack.length > 0) {
        const modules = stackNames.modules(frameStack)
        if (modules.length > 0) context.modules = modules
      }
      if (stacks === 'python' && frameStack.length > 0) {
        context.callStack = stackNames.python(frameStack)
      } else if (stacks === 'all') {
        context.callStack = [api, ...stackNames.all(operatorStack, frameStack)]
      }
      contexts.set(row, context)
    }
  }
  return contexts
}

/** Names of enclosing events as lists, equal lists as one object. */
class StackNames {
  readonly #lists = new Map<string, string[]>()
  readonly #frames: (string | undefined)[] = []

  constructor(
    private readonly store: TraceStore,
    private readonly operators: Operators,
  ) {}

  /** Annotations, then operators, both outermost first. */
  scopes(annotationRows: readonly number[], operatorRows: readonly number[]): string[] {
    const { annotations, operators, names } = this.store
    const key = `${keyOf(annotations, annotationRows)} in${keyOf(operators, operatorRows)}`
    return this.#shared(key, () => [
      ...annotationRows.map((row) => unescapeJson(names.text(annotations.name.data[row]!))),
      ...operatorRows.map((row) => this.operators.name(row)),
    ])
  }

  /** Python frames, innermost first. */
  python(frames: readonly number[]): string[] {
    return this.#shared(`p${keyOf(this.store.frames, frames)}`, () =>
      frames.map((row) => this.#frame(row)).reverse(),
    )
  }

  /** nn.Module instances, outermost first. */
  modules(frames: readonly number[]): string[] {
    return this.#shared(`m${keyOf(this.store.frames, frames)}`, () =>
      frames
        .map((row) => this.#frame(row))
        .filter((name) => name.startsWith(MODULE_FRAME))
        .map((name) => name.slice(MODULE_FRAME.length)),
    )
  }

  /** Operators and Python frames together, innermost (latest start) first. */
  all(operatorRows: readonly number[], frames: readonly number[]): string[] {
    const { operators, frames: frameColumns } = this.store
    const names: string[] = []
    let o = operatorRows.length - 1
    let f = frames.length - 1
    while (o >= 0 || f >= 0) {
      const operatorStart = o < 0 ? -Infinity : operators.start.data[operatorRows[o]!]!
      const frameStart = f < 0 ? -Infinity : frameColumns.start.data[frames[f]!]!
      if (operatorStart >= frameStart) names.push(this.operators.name(operatorRows[o--]!))
      else names.push(this.#frame(frames[f--]!))
    }
    return names
  }

  #frame(row: number): string {
    const id = this.store.frames.name.data[row]!
    let name = this.#frames[id]
    if (name === undefined) {
      name = unescapeJson(this.store.names.text(id))
      this.#frames[id] = name
    }
    return name
  }

  #shared(key: string, make: () => string[]): string[] {
    let list = this.#lists.get(key)
    if (list === undefined) {
      list = make()
      this.#lists.set(key, list)
    }
    return list
  }
}

/** The numbers of the rows' names as a text. */
function keyOf({ name }: EventColumns, rows: readonly number[]): string {
  let key = ''
  for (const row of rows) key += ` ${name.data[row]}`
  return key
}
