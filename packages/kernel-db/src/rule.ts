// The two kinds of rules. A kernel rule says from a kernel's name what the kernel does; an operator
// rule says what the arguments of a framework operator are, and what the operator does where no kernel
// rule knows the kernel. Rules are data; the functions that they name are in dimensions/.
import type { OpFamily, OpName } from '@flowsim/trace-schema'
import type { DimensionsName } from './dimensions/index.js'

/** Constants that a rule gives to its dimension function, such as `{ function: 'add' }`. */
export type RuleParameters = Readonly<Record<string, string | number | boolean>>

/** A real kernel that a rule is for. */
export type RuleExample =
  | string
  | {
      kernel: string
      /** Operator names around the launch, innermost first. */
      operators?: string[]
    }

/** What a kernel does, told from its name and, where names are shared, from the operator. */
export interface KernelRule {
  /** Unique, `library.what`. */
  id: string
  /** Matched against the readable name: demangled, without result type and parameters. */
  kernel: RegExp
  /** Matched against each operator around the launch; the rule needs one that matches. */
  operator?: RegExp
  op: OpName
  /** The family of `op` if absent. */
  family?: OpFamily
  library?: string
  /** How the dimensions are found: a name in dimensions/, the usual one of `op` if absent. */
  dimensions?: DimensionsName
  parameters?: RuleParameters
  /** The kernel helps another one, which is charged with the work. */
  auxiliary?: boolean
  /** Operations fused into the kernel, beyond `op`. */
  fused?: readonly string[]
  /** Names of the tensors of an annotation or a Triton launch that has no names, as in `params`. */
  tensors?: string
  /** Real names; a test checks that each reaches this rule. */
  examples: readonly RuleExample[]
}

/** The arguments of a framework operator, and what it does. */
export interface OperatorRule {
  /** Names of operators that share the arguments, or a pattern for generated names. */
  operators: readonly string[] | RegExp
  /**
   * Names of the positional arguments, in order, separated by spaces: `>out` is written, `~x` read and
   * written, a plain name read; `_` has no name. Several lists where versions differ: the one as long
   * as what was recorded is taken, else the first.
   */
  params: string | readonly string[]
  op: OpName
  family?: OpFamily
  library?: string
  dimensions?: DimensionsName
  parameters?: RuleParameters
  fused?: readonly string[]
  /** `false`: the arguments are named, but the operator does not say what a kernel in it does. */
  decides?: boolean
}
