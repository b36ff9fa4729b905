// One kernel: which rule answers, what its arguments are, and what follows for its dimensions.
import {
  callFault,
  type KernelEvent,
  type KernelOperation,
  OPERATIONS,
  type OpFamily,
  type OpName,
  type TensorArg,
} from '@flowsim/trace-schema'
import { collectiveOp } from '../dimensions/communication.js'
import type { DimensionFunction, Surroundings } from '../dimensions/context.js'
import { markStrided } from '../dimensions/strided.js'
import { NamedArguments } from '../names/arguments.js'
import { computing, readInductorName } from '../names/inductor.js'
import {
  type KernelDatabase,
  kernelDatabase,
  type ReadyOperator,
  type RuleMatch,
} from '../rules/database.js'
import type { RuleParameters } from '../rules/rule-file.js'
import { isReplayed } from './calls.js'

/** What is known beside the kernel itself. */
export interface ClassifyContext extends Surroundings {
  /** Rules; the built-in ones if absent. */
  database?: KernelDatabase
}

/**
 * The operation that a kernel performs, with dimensions and the roles of its tensors.
 *
 * `classifyTrace` knows more: kernels that share an operator, and kernels before this one.
 */
export function classify(event: KernelEvent, context: ClassifyContext = {}): KernelOperation {
  const database = context.database ?? kernelDatabase()
  if (event.kind === 'memcpy' || event.kind === 'memset') return driverOperation(database, event)
  const operator = operatorOf(event)
  const match = database.match(event.name, operator)
  const named = operator && database.operator(operator.argsFrom ?? operator.name)
  const plan = planFor(database, event, match, named)
  const args = argumentsOf(database, event, operator, match)
  const result: KernelOperation = {
    op: plan.op,
    family: plan.family,
    tensors: args.tensors,
    rule: plan.rule,
  }
  const library =
    plan.library ?? (event.op?.attributes?.kernel_backend === 'triton' ? 'triton' : undefined)
  if (library !== undefined) result.library = library
  if (plan.fused.length > 0) result.fused = plan.fused
  if (plan.op === null) {
    result.missing = 'no rule knows this kernel'
    return result
  }
  if (plan.auxiliary) {
    result.auxiliary = true
    return result
  }
  const found = plan.dimensions({
    op: plan.op,
    event,
    name: match?.name ?? event.name,
    groups: match?.groups ?? {},
    parameters: plan.parameters,
    args,
    surroundings: context,
  })
  if (typeof found === 'string') {
    result.missing = found
    return result
  }
  const call = 'call' in found ? found.call : found
  if (callFault(call) !== undefined) {
    result.missing = 'the recorded shapes do not fit the operation'
    return result
  }
  result.op = call.op
  if (call.op !== plan.op) result.family = OPERATIONS[call.op].family
  result.call = markStrided(call, event.name)
  if ('call' in found) result.missing = found.note
  return result
}

/** A graph's kernels were launched by other operators than the one that replays the graph. */
function operatorOf(event: KernelEvent): KernelEvent['op'] {
  return isReplayed(event) && event.shapesFrom !== 'capture' ? undefined : event.op
}

function driverOperation(database: KernelDatabase, event: KernelEvent): KernelOperation {
  const op = event.kind === 'memcpy' ? 'memcpy' : 'memset'
  const result: KernelOperation = {
    op,
    family: 'memcpy',
    tensors: [],
    library: 'driver',
    rule: `driver.${op}`,
  }
  const found = database.usualDimensions(op)({
    op,
    event,
    name: event.name,
    groups: {},
    parameters: {},
    args: new NamedArguments([]),
    surroundings: {},
  })
  if (typeof found === 'string') result.missing = found
  else if (!('call' in found) && callFault(found) === undefined) result.call = found
  return result
}

interface Plan {
  op: OpName | null
  family: OpFamily
  rule: string | null
  library?: string | undefined
  dimensions: DimensionFunction
  parameters: RuleParameters
  auxiliary: boolean
  fused: string[]
}

/**
 * Operations that an operator tells apart where the kernel's name cannot: a GEMM kernel runs batched
 * products and convolutions too.
 */
const REFINED: Partial<Record<OpName, readonly OpName[]>> = {
  matmul: ['bmm', 'grouped_gemm', 'conv', 'moe'],
  grouped_gemm: ['moe'],
  gather: ['embedding'],
  reduce: ['sampling'],
  // Point-to-point kernels carry other collectives too.
  all_to_all: ['all_reduce', 'all_gather', 'reduce_scatter', 'broadcast', 'send', 'recv'],
}

const NOTHING: DimensionFunction = () => 'no rule knows this kernel'

function planFor(
  database: KernelDatabase,
  event: KernelEvent,
  match: RuleMatch | undefined,
  named: ReadyOperator | undefined,
): Plan {
  const operator = named?.rule
  const decides = operator !== undefined && operator.decides !== false
  if (match === undefined) return planWithoutKernelRule(database, event, named, decides)
  const { rule } = match
  const refined = decides && !match.isUsers && (REFINED[rule.op]?.includes(operator.op) ?? false)
  const op = refined ? operator.op : rule.op
  // The operator's way to its dimensions serves where the rule has none.
  const borrows = operator?.op === op && rule.dimensions === undefined
  const parameters = { ...operator?.parameters, ...rule.parameters }
  const inductor = match.name.startsWith('triton_') ? readInductorName(match.name) : undefined
  return {
    op,
    family: (refined ? operator.family : rule.family) ?? OPERATIONS[op].family,
    rule: match.id,
    library: rule.library ?? operator?.library,
    dimensions:
      operator !== undefined && (refined || borrows)
        ? database.operatorDimensions(operator, op)
        : match.dimensions,
    parameters,
    auxiliary: rule.auxiliary === true,
    fused: [
      ...(rule.fused ?? []),
      ...(operator?.op === op ? (operator.fused ?? []) : []),
      ...(inductor === undefined ? [] : computing(inductor.operators)),
    ],
  }
}

/** A kernel that no rule knows, in an operator that one knows, does what the operator does. */
function planWithoutKernelRule(
  database: KernelDatabase,
  event: KernelEvent,
  named: ReadyOperator | undefined,
  decides: boolean,
): Plan {
  const shared = {
    parameters: named?.rule.parameters ?? {},
    auxiliary: false,
    fused: [] as string[],
  }
  const kind = collectiveOp(event.collective?.kind)
  if (kind !== undefined) {
    return {
      ...shared,
      op: kind,
      family: 'communication',
      rule: 'collective',
      dimensions: database.usualDimensions(kind),
    }
  }
  if (named === undefined || !decides || event.op?.argsFrom !== undefined) {
    return { ...shared, op: null, family: 'other', rule: null, dimensions: NOTHING }
  }
  const { rule, name } = named
  return {
    ...shared,
    op: rule.op,
    family: rule.family ?? OPERATIONS[rule.op].family,
    rule: `operator:${name}`,
    library: rule.library,
    dimensions: named.dimensions,
    fused: [...(rule.fused ?? [])],
  }
}

/** Arguments of the operator, or the tensors of an annotation, whichever the kernel has. */
function argumentsOf(
  database: KernelDatabase,
  event: KernelEvent,
  operator: KernelEvent['op'],
  match: RuleMatch | undefined,
): NamedArguments {
  const labelled: readonly TensorArg[] = event.tensors ?? []
  const parameters = match?.tensors ?? []
  if (operator !== undefined && event.shapesFrom !== 'annotation') {
    const args = database.arguments(operator)
    if (args.tensors.length > 0 || labelled.length === 0) {
      const unnamed =
        operator.argsFrom === undefined && database.operator(operator.name) === undefined
      return unnamed && parameters.length > 0 ? new NamedArguments(operator.args, parameters) : args
    }
  }
  return NamedArguments.ofTensors(labelled, parameters)
}
