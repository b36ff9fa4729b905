// Arguments of an operator by name. Profilers record them by position; an operator rule names them.
import type { OperatorArg, TensorArg, TensorRole } from '@flowsim/trace-schema'

/** A named argument and what is done with it. */
export interface Parameter {
  name: string
  role: TensorRole
}

/** Reads a parameter list: `>out` is written, `~x` read and written, `_` unnamed. */
export function parseParameters(list: string): Parameter[] {
  return list
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      if (word.startsWith('>')) return { name: word.slice(1), role: 'output' }
      if (word.startsWith('~')) return { name: word.slice(1), role: 'inout' }
      return { name: word === '_' ? '' : word, role: 'input' }
    })
}

/** A tensor argument without the tag of its kind. */
function plain(arg: TensorArg): TensorArg {
  const { shape, dtype, strides } = arg
  return {
    shape,
    ...(dtype === undefined ? {} : { dtype }),
    ...(strides === undefined ? {} : { strides }),
  }
}

/** The recorded arguments of an operator, or the tensors of an annotation, by name. */
export class NamedArguments {
  /** All tensors in order, those of lists included, with name and role where known. */
  readonly tensors: TensorArg[] = []
  /** Values that are not tensors, in order; empty where the profiler recorded none. */
  readonly scalars: string[] = []
  readonly #byName = new Map<string, TensorArg>()
  readonly #lists = new Map<string, TensorArg[]>()
  readonly #scalars = new Map<string, string>()

  constructor(args: readonly OperatorArg[], parameters: readonly Parameter[] = []) {
    args.forEach((arg, i) => {
      const parameter = parameters[i]
      const name = parameter?.name ?? ''
      if (arg.kind === 'scalar') {
        this.scalars.push(arg.value)
        if (name !== '' && arg.value !== '') this.#scalars.set(name, arg.value)
        return
      }
      const list = arg.kind === 'tensor' ? [arg] : arg.tensors
      const named = list.map((tensor) => ({
        ...(name === '' ? {} : { name }),
        ...(parameter === undefined ? {} : { role: parameter.role }),
        ...plain(tensor),
      }))
      this.tensors.push(...named)
      if (name === '') return
      if (arg.kind === 'tensor') this.#byName.set(name, named[0]!)
      else this.#lists.set(name, named)
    })
  }

  /** Tensors that carry their own names, such as those of an annotation. */
  static ofTensors(
    tensors: readonly TensorArg[],
    parameters: readonly Parameter[] = [],
  ): NamedArguments {
    const roles = new Map(parameters.map(({ name, role }) => [name, role]))
    const result = new NamedArguments([])
    tensors.forEach((tensor, i) => {
      const name = tensor.name ?? parameters[i]?.name
      const role = tensor.role ?? (name === undefined ? undefined : roles.get(name))
      const named = {
        ...(name ? { name } : {}),
        ...(role === undefined ? {} : { role }),
        ...plain(tensor),
      }
      result.tensors.push(named)
      if (name) result.#byName.set(name, named)
    })
    return result
  }

  /** The first of the named tensors that is there. */
  tensor(...names: string[]): TensorArg | undefined {
    for (const name of names) {
      const found = this.#byName.get(name)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The tensors of a list argument; empty where the profiler recorded none. */
  list(name: string): TensorArg[] {
    return this.#lists.get(name) ?? []
  }

  /** A recorded value as text. */
  text(...names: string[]): string | undefined {
    for (const name of names) {
      const found = this.#scalars.get(name)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** A recorded number. */
  number(...names: string[]): number | undefined {
    const text = this.text(...names)
    if (text === undefined || text.trim() === '') return undefined
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }

  /** A recorded truth value. */
  flag(...names: string[]): boolean | undefined {
    const text = this.text(...names)?.toLowerCase()
    return text === 'true' || text === '1'
      ? true
      : text === 'false' || text === '0'
        ? false
        : undefined
  }

  /** A recorded list of integers, such as `[1, -1]`; a single number is a list of one. */
  integers(name: string): number[] | undefined {
    const text = this.text(name)
    if (text === undefined || !/^\[?[-\d,\s]*\]?$/.test(text)) return undefined
    return (text.match(/-?\d+/g) ?? []).map(Number)
  }
}
