// The arguments of an execution trace's node as Kineto writes those of an operator.
//
//   ["Tensor(c10::Half)", "GenericList[Int,Int]", "Int", "None"]   →   ["c10::Half", "ScalarList", "Scalar", ""]
//
// A tensor's value is [tensor, storage, offset, elements, bytes of an element, device].
import type { ExecutionNode } from './read-execution-trace.js'

const TENSOR = /^Tensor\((.*)\)$/
const TENSOR_LIST = /^(?:GenericList|Tuple)\[\s*Tensor\(([^)]*)\)/
const NUMBERS = new Set(['Int', 'Double', 'Bool', 'ComplexDouble', 'SymInt'])

/** Columns of an operator, one entry for each argument. */
export interface OperatorArguments {
  shapes: unknown[]
  types: string[]
  strides: unknown[]
  values: string[]
}

export function operatorArguments({ inputs }: Pick<ExecutionNode, 'inputs'>): OperatorArguments {
  const result: OperatorArguments = { shapes: [], types: [], strides: [], values: [] }
  inputs.types.forEach((type, i) => {
    const tensor = TENSOR.exec(type)?.[1] ?? TENSOR_LIST.exec(type)?.[1]
    if (tensor !== undefined) {
      result.types.push(tensor)
      result.shapes.push(inputs.shapes[i] ?? [])
      result.strides.push(inputs.strides[i] ?? [])
      result.values.push('')
      return
    }
    const value = inputs.values[i]
    result.shapes.push([])
    result.strides.push([])
    if (type === 'None') {
      result.types.push('')
      result.values.push('')
      return
    }
    result.types.push(NUMBERS.has(type) ? 'Scalar' : type.includes('[') ? 'ScalarList' : type)
    result.values.push(typeof value === 'string' ? value : JSON.stringify(value ?? ''))
  })
  return result
}

/** Numbers of the tensors among values, [tensor, storage] each, in their order. */
export function tensorIds({ values, types }: ExecutionNode['inputs']): number[][] {
  return values.flatMap((value, i) => {
    const type = types[i] ?? ''
    if (TENSOR.test(type)) return idsOf(value)
    return TENSOR_LIST.test(type) && Array.isArray(value) ? value.flatMap(idsOf) : []
  })
}

function idsOf(value: unknown): number[][] {
  if (!Array.isArray(value)) return []
  const ids = value.slice(0, 2) as unknown[]
  return ids.length === 2 && ids.every(Number.isSafeInteger) ? [ids as number[]] : []
}

/** Members of Kineto's events for those of an execution trace; both: pytorch, ParamCommsUtils.hpp. */
const COLLECTIVE: Readonly<Record<string, string>> = {
  collective_name: 'Collective name',
  dtype: 'dtype',
  in_msg_nelems: 'In msg nelems',
  out_msg_nelems: 'Out msg nelems',
  in_split_size: 'In split size',
  out_split_size: 'Out split size',
  pg_size: 'Group size',
  pg_name: 'Process Group Name',
  pg_desc: 'Process Group Description',
}

/**
 * What is kept of a node beside its arguments: numbers of its tensors, and of a collective its message and group.
 * @param ranksOf - ranks of a process group, where they are known
 */
export function operatorAttributes(
  { inputs, outputs, attributes }: ExecutionNode,
  ranksOf: (group: string) => readonly number[] | undefined,
): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== '') result[COLLECTIVE[key] ?? key] = value
  }
  const ranks = ranksOf(attributes.pg_name ?? '')
  if (ranks !== undefined) result['Process Group Ranks'] = JSON.stringify(ranks)
  const [used, made] = [tensorIds(inputs), tensorIds(outputs)]
  if (used.length > 0) result['Input tensors'] = JSON.stringify(used)
  if (made.length > 0) result['Output tensors'] = JSON.stringify(made)
  return result
}
