// What a dimension function sees of a kernel, and the small helpers that they share.
import type { Dtype, KernelEvent, OpCall, OpName, TensorArg } from '@flowsim/trace-schema'
import { dtypeBytes, parseDtype } from '@flowsim/trace-schema'
import type { NamedArguments } from '../names/arguments.js'
import type { Groups } from '../rules/pattern.js'
import type { RuleParameters } from '../rules/rule-file.js'

/** What is known of a kernel beyond its own event. */
export interface Surroundings {
  /** Which GEMM of a mixture-of-experts layer: up (and gate) projection, or down projection. */
  moeStage?: 'up' | 'down'
  /** Part of the tokens that this kernel of a chunked layer works on. */
  moeTokens?: number
  /** Sequences, by the number of key/value tokens that an index over them lists. */
  sequencesByKvTokens?: ReadonlyMap<number, number>
  /** Ranks in the job, where a kernel names no group. */
  worldSize?: number
  /** Ranks of the process groups that the trace describes, by their names. */
  groupSizes?: ReadonlyMap<string, number>
  /** Rows of a matrix with that many columns, which a kernel just before this one wrote. */
  rowsOfWidth?: (columns: number) => number | undefined
}

/** A kernel as a dimension function sees it. */
export interface DimensionContext {
  /** Operation that the rule names. */
  readonly op: OpName
  readonly event: KernelEvent
  /** Readable name of the kernel. */
  readonly name: string
  /** Named groups of the kernel pattern. */
  readonly groups: Groups
  /** Constants of the rule. */
  readonly parameters: RuleParameters
  readonly args: NamedArguments
  readonly surroundings: Surroundings
}

/** The call, with a remark where something was assumed; or why there is none. */
export type Dimensions = OpCall | { call: OpCall; note: string } | string

/** Derives the canonical dimensions of a kernel. */
export type DimensionFunction = (context: DimensionContext) => Dimensions

export const NO_SHAPES = 'the trace holds no tensor shapes for this kernel'
export const NO_DTYPE = 'the trace names no element type'

/** Elements of a tensor. */
export function elementsOf(tensor: { shape: readonly number[] }): number {
  let product = 1
  for (const size of tensor.shape) product *= size
  return product
}

/** Bytes that a tensor occupies; a broadcast dimension (stride 0) is stored once. */
export function bytesOf(tensor: TensorArg): number {
  let elements = 1
  tensor.shape.forEach((size, i) => {
    if (tensor.strides?.[i] !== 0) elements *= size
  })
  return elements * dtypeBytes(tensor.dtype ?? 'fp32')
}

/** Size of a dimension, counted from the end when negative. */
export function size(tensor: TensorArg | undefined, dimension: number): number | undefined {
  return tensor?.shape.at(dimension)
}

/** A tensor as rows of `cols` elements; its last dimension if `cols` is absent. */
export function asRows(
  tensor: { shape: readonly number[] },
  cols = tensor.shape.at(-1) ?? 1,
): { rows: number; cols: number } {
  return { rows: cols > 0 ? elementsOf(tensor) / cols : 0, cols }
}

/** An element type in a group of the kernel's name. */
export function dtypeIn(text: string | undefined): Dtype | undefined {
  if (text === undefined) return undefined
  // Block-scaled types are stored as the type of their elements.
  return parseDtype(text.replace(/\s*(?:const)?[*&]?$/, '').replace(/^Mx(?=[A-Z])/, ''))
}

/**
 * The first tensor of an ATen operator without a rule. Arguments of other operators without a rule say
 * nothing of one kernel among those that they run.
 */
export function firstOfAten({ args, event }: DimensionContext): TensorArg | undefined {
  return event.op?.name.startsWith('aten::') ? args.tensors[0] : undefined
}

/** `{ [key]: value }`, or nothing where there is no value. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value })
}

/** A whole number of at least one. */
export function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value > 0
}

/** A whole number of at least zero. */
export function isSize(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0
}

/** A call whose operation is one of several that have the same fields. */
export function oneOf(call: { op: OpName; dtype: Dtype; [field: string]: unknown }): OpCall {
  return call as unknown as OpCall
}
