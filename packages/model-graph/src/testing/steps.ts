// What tests of steps share: batches, and ways to look at operations.
import { type OpCallOf, opWork } from '@flowsim/trace-schema'
import { type BuildStepOptions, buildStep } from '../build.js'
import { findModel } from '../catalogue/catalogue.js'
import type { GraphOp, StepGraph } from '../graph.js'

export const PROMPT = [{ newTokens: 512 }]
export const DECODE = [{ newTokens: 1, pastTokens: 1000, count: 8 }]
export const MIXED = [
  { newTokens: 300, pastTokens: 200 },
  { newTokens: 64, sampled: false },
  { newTokens: 1, pastTokens: 1000, count: 4 },
  { newTokens: 1, pastTokens: 10 },
]

/** A step of a model of the catalogue; a prompt of 512 tokens if no batch is given. */
export function step(name: string, options: Partial<BuildStepOptions> = {}): StepGraph {
  return buildStep(findModel(name), { batch: PROMPT, ...options })
}

export function named(ops: readonly GraphOp[], name: string): GraphOp[] {
  return ops.filter((op) => op.name === name)
}

/** The call of the only operation of a name. */
export function one<Op extends GraphOp['call']['op']>(
  ops: readonly GraphOp[],
  name: string,
  op: Op,
): OpCallOf<Op> {
  const [found, ...others] = named(ops, name)
  if (found === undefined || others.length > 0 || found.call.op !== op) {
    throw new Error(`expected one ${op} named ${name} among ${ops.map((each) => each.name)}`)
  }
  return found.call as OpCallOf<Op>
}

/** FLOPs of a step, or of some of its operations. */
export function flops(ops: readonly GraphOp[], of: (op: GraphOp) => boolean = () => true): number {
  return ops.filter(of).reduce((sum, op) => sum + op.count * opWork(op.call).flops, 0)
}

export function isLinear({ call }: GraphOp): boolean {
  return call.op === 'matmul' || call.op === 'grouped_gemm' || call.op === 'moe'
}

/** Whatever multiplies by weights: linear layers, experts, and one small matrix for each head. */
export function isMatrix(op: GraphOp): boolean {
  return isLinear(op) || op.call.op === 'bmm'
}
