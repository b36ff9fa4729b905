// Rules made ready for matching. A kernel's name is read once, whatever the number of its kernels: the
// rules that match it are kept, in order, up to the first that asks nothing of the operator.
import type { KernelOperator } from '@flowsim/trace-schema'
import type { DimensionFunction } from '../dimensions/context.js'
import { DIMENSIONS, usualDimensions } from '../dimensions/index.js'
import { NamedArguments, parseParameters } from '../names/arguments.js'
import { readableName } from '../names/kernel-name.js'
import { OPERATOR_RULES } from '../operators/index.js'
import type { KernelRule, OperatorRule } from '../rule.js'
import { KERNEL_RULES } from '../rules/index.js'
import {
  type UserDatabase,
  type UserKernel,
  type UserMatcher,
  userMatcher,
} from '../user/user-database.js'
import { userDimensions } from '../user/user-dimensions.js'

/** Names have up to some thousand characters; patterns see no more than this of one. */
const LONGEST_NAME = 8192

/** A rule with its dimension function. */
export interface ReadyRule {
  rule: KernelRule
  dimensions: DimensionFunction
  /** The user's description and its tests, for rules that a user added. */
  user?: UserKernel
  matcher?: UserMatcher
  /** Whether the dimensions are the user's own. */
  ownDimensions?: boolean
}

/** What the database says of a name. */
export interface RuleMatch extends ReadyRule {
  /** Readable name. */
  name: string
  /** Named groups of the pattern. */
  groups: Readonly<Record<string, string | undefined>>
}

/** An operator rule with its parameter lists, by number of arguments. */
export interface ReadyOperator {
  rule: OperatorRule
  name: string
  parameters: ReturnType<typeof parseParameters>[]
}

interface UserRule extends ReadyRule {
  user: UserKernel
  matcher: UserMatcher
}

const NO_GROUPS: Readonly<Record<string, string | undefined>> = {}

/** The rules that tell operations: built-in ones, with a user's before them. */
export class KernelDatabase {
  /** Kernel rules in the order in which they are tried. */
  readonly kernelRules: readonly KernelRule[]
  readonly operatorRules: readonly OperatorRule[]
  /** Kernels that a user described. */
  readonly userKernels: readonly UserKernel[]
  readonly #ready: readonly ReadyRule[]
  readonly #user: readonly UserRule[]
  readonly #names = new Map<string, RuleMatch[]>()
  readonly #operators = new Map<string, ReadyOperator | null>()
  readonly #exact = new Map<string, OperatorRule>()
  readonly #patterns: OperatorRule[] = []
  readonly #arguments = new WeakMap<KernelOperator, NamedArguments>()

  /** Use {@link kernelDatabase}. */
  constructor(
    kernelRules: readonly KernelRule[],
    operatorRules: readonly OperatorRule[],
    user?: UserDatabase,
  ) {
    this.kernelRules = kernelRules
    this.operatorRules = operatorRules
    this.userKernels = user?.kernels ?? []
    this.#ready = kernelRules.map((rule) => ({
      rule,
      dimensions: DIMENSIONS[rule.dimensions ?? usualDimensions(rule.op)],
    }))
    const users = this.userKernels.map((kernel): UserRule => {
      const own = userDimensions(kernel)
      return {
        rule: userRule(kernel),
        dimensions: own ?? DIMENSIONS[usualDimensions(kernel.op)],
        ownDimensions: own !== undefined,
        user: kernel,
        matcher: userMatcher(kernel),
      }
    })
    // Descriptions that name an operator are narrower than those that do not.
    this.#user = [
      ...users.filter(({ matcher }) => matcher.operator !== undefined),
      ...users.filter(({ matcher }) => matcher.operator === undefined),
    ]
    for (const rule of operatorRules) {
      if (rule.operators instanceof RegExp) this.#patterns.push(rule)
      else
        for (const name of rule.operators) if (!this.#exact.has(name)) this.#exact.set(name, rule)
    }
  }

  /** The rule that answers for a kernel, launched by an operator. */
  match(raw: string, operator: KernelOperator | undefined): RuleMatch | undefined {
    let candidates = this.#names.get(raw)
    if (candidates === undefined) {
      candidates = this.#candidates(raw)
      this.#names.set(raw, candidates)
    }
    return candidates.find((candidate) => acceptsOperator(candidate, operator))
  }

  #candidates(raw: string): RuleMatch[] {
    const name = readableName(raw)
    const found: RuleMatch[] = []
    for (const user of this.#user) {
      if (!user.matcher.kernel(raw, name)) continue
      found.push({ ...user, name, groups: NO_GROUPS })
      if (user.matcher.operator === undefined) return found
    }
    const text = name.slice(0, LONGEST_NAME)
    for (const ready of this.#ready) {
      const match = ready.rule.kernel.exec(text)
      if (match === null) continue
      found.push({ ...ready, name, groups: match.groups ?? NO_GROUPS })
      if (ready.rule.operator === undefined) break
    }
    return found
  }

  /** The rule for an operator's name. */
  operator(name: string): ReadyOperator | undefined {
    let ready = this.#operators.get(name)
    if (ready === undefined) {
      const rule =
        this.#exact.get(name) ??
        this.#patterns.find(({ operators }) => operators instanceof RegExp && operators.test(name))
      const lists = rule === undefined ? [] : [rule.params].flat()
      ready = rule === undefined ? null : { rule, name, parameters: lists.map(parseParameters) }
      this.#operators.set(name, ready)
    }
    return ready ?? undefined
  }

  /** The recorded arguments of an operator, by name where a rule names them. */
  arguments(operator: KernelOperator): NamedArguments {
    let args = this.#arguments.get(operator)
    if (args === undefined) {
      const ready = this.operator(operator.argsFrom ?? operator.name)
      const lists = ready?.parameters ?? []
      const list = lists.find(({ length }) => length === operator.args.length) ?? lists[0]
      // Arguments of an enclosing operator say something of a kernel only where they have names.
      const foreign = operator.argsFrom !== undefined && list === undefined
      args = new NamedArguments(foreign ? [] : operator.args, list)
      this.#arguments.set(operator, args)
    }
    return args
  }
}

function acceptsOperator(
  { rule, matcher }: RuleMatch,
  operator: KernelOperator | undefined,
): boolean {
  const pattern = rule.operator
  if (matcher?.operator !== undefined) {
    return operator !== undefined && matcher.operator([operator.name, ...operator.parents])
  }
  if (pattern === undefined) return true
  if (operator === undefined) return false
  return pattern.test(operator.name) || operator.parents.some((parent) => pattern.test(parent))
}

/** A user's kernel as a rule, so that lists of rules show it. */
function userRule(kernel: UserKernel): KernelRule {
  return {
    id: `user:${kernel.kernel}`,
    kernel: /(?:)/,
    op: kernel.op,
    ...(kernel.family === undefined ? {} : { family: kernel.family }),
    ...(kernel.library === undefined ? {} : { library: kernel.library }),
    ...(kernel.auxiliary ? { auxiliary: true } : {}),
    examples: [kernel.kernel],
  }
}

let builtIn: KernelDatabase | undefined

/**
 * The kernel database: the built-in rules, with those of a user before them.
 * @param user - from `readUserDatabase` or `addKernels`
 */
export function kernelDatabase(user?: UserDatabase): KernelDatabase {
  if (user !== undefined) return new KernelDatabase(KERNEL_RULES, OPERATOR_RULES, user)
  builtIn ??= new KernelDatabase(KERNEL_RULES, OPERATOR_RULES)
  return builtIn
}
