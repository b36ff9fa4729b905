// Rules made ready for matching. A kernel's name is read once, whatever the number of its kernels: the
// rules that match it are kept, in order, up to the first that asks nothing of the operator.
import type { KernelOperator, OpName } from '@flowsim/trace-schema'
import type { DimensionFunction } from '../dimensions/context.js'
import { located } from '../errors.js'
import { NamedArguments, type Parameter, parseParameters } from '../names/arguments.js'
import { readableName } from '../names/kernel-name.js'
import { BUILT_IN } from './built-in.js'
import { Dictionary, type NamedRuleFile } from './dictionary.js'
import { compileFormula } from './formula.js'
import { compilePattern, expandBraces, type Groups, isRegex, type Pattern } from './pattern.js'
import { type KernelRule, type OperatorRule, type RuleFile, readRuleFile } from './rule-file.js'

/** Names have up to some thousand characters; patterns see no more than this of one. */
const LONGEST_NAME = 8192

/** A kernel rule made ready. */
export interface ReadyRule {
  id: string
  rule: KernelRule
  kernel: Pattern
  operator: Pattern | undefined
  dimensions: DimensionFunction
  /** Names of tensors that have none. */
  tensors: Parameter[]
  /** Whether a user wrote it: then no operator refines what it says. */
  isUsers: boolean
}

/** What the database says of a name. */
export interface RuleMatch extends ReadyRule {
  /** Readable name. */
  name: string
  /** Named groups of the pattern. */
  groups: Groups
}

/** An operator rule with its parameter lists, by number of arguments. */
export interface ReadyOperator {
  rule: OperatorRule
  name: string
  parameters: Parameter[][]
  dimensions: DimensionFunction
}

type OperatorEntry = Omit<ReadyOperator, 'name'>

/** The rules that tell operations: built-in ones, with a user's before them. */
export class KernelDatabase {
  /** Kernel rules in the order in which they are tried, with the file that each stands in. */
  readonly rules: readonly ReadyRule[]
  /** Operator rules in order. */
  readonly operatorRules: readonly OperatorRule[]
  readonly #dictionary: Dictionary
  readonly #names = new Map<string, RuleMatch[]>()
  readonly #operators = new Map<string, ReadyOperator | null>()
  readonly #exact = new Map<string, OperatorEntry>()
  readonly #patterns: [Pattern, OperatorEntry][] = []
  readonly #arguments = new WeakMap<KernelOperator, NamedArguments>()

  /** Use {@link kernelDatabase}. */
  constructor(files: readonly NamedRuleFile[], user?: NamedRuleFile) {
    const all = user === undefined ? files : [user, ...files]
    this.#dictionary = new Dictionary(all)
    const rules = all.flatMap((file) => this.#kernels(file, file === user))
    // A user's descriptions that name an operator are narrower than those that do not.
    this.rules = [
      ...rules.filter(({ isUsers, operator }) => isUsers && operator !== undefined),
      ...rules.filter(({ isUsers, operator }) => isUsers && operator === undefined),
      ...rules.filter(({ isUsers }) => !isUsers),
    ]
    this.operatorRules = all.flatMap(({ file }) => file.operators ?? [])
    for (const file of all) this.#addOperators(file)
  }

  #kernels({ source, file }: NamedRuleFile, isUsers: boolean): ReadyRule[] {
    const { kernels = [], define } = file
    return kernels.map((rule, i): ReadyRule => {
      const path = `kernels[${i}]`
      return located(source, path, () => ({
        id: isUsers || rule.id === undefined ? `user:${[rule.kernel].flat()[0]}` : rule.id,
        rule,
        kernel: compilePattern(rule.kernel, define),
        operator: rule.operator === undefined ? undefined : compilePattern(rule.operator, define),
        dimensions: this.dimensionsOf(rule),
        tensors: tensorsOf(rule),
        isUsers,
      }))
    })
  }

  /** How a kernel rule finds dimensions. */
  dimensionsOf({ op, dimensions }: KernelRule): DimensionFunction {
    if (dimensions === undefined) return this.#dictionary.usual(op)
    if (typeof dimensions === 'string') return this.#dictionary.dimensions(dimensions, op)
    if (Object.keys(dimensions).length === 0) return this.#dictionary.usual(op)
    return compileFormula({ operands: {}, dimensions }, op)
  }

  #addOperators({ source, file }: NamedRuleFile): void {
    const { operators = [], define } = file
    operators.forEach((rule, i) => {
      const path = `operators[${i}]`
      const entry: OperatorEntry = {
        rule,
        parameters: [rule.params].flat().map(parseParameters),
        dimensions: located(source, path, () => this.operatorDimensions(rule, rule.op)),
      }
      for (const pattern of [rule.operator].flat()) {
        if (isRegex(pattern) || pattern.includes('*')) {
          this.#patterns.push([located(source, path, () => compilePattern(pattern, define)), entry])
          continue
        }
        for (const name of expandBraces(pattern)) {
          if (!this.#exact.has(name)) this.#exact.set(name, entry)
        }
      }
    })
  }

  /** How an operator's arguments tell the dimensions of an operation. */
  operatorDimensions({ dimensions }: OperatorRule, op: OpName): DimensionFunction {
    return dimensions === undefined
      ? this.#dictionary.usual(op)
      : this.#dictionary.dimensions(dimensions, op)
  }

  /** The dimension function that an operation has, where a rule names none. */
  usualDimensions(op: OpName): DimensionFunction {
    return this.#dictionary.usual(op)
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
    const text = name.slice(0, LONGEST_NAME)
    const found: RuleMatch[] = []
    for (const ready of this.rules) {
      const groups = ready.kernel.find(text, raw)
      if (groups === undefined) continue
      found.push({ ...ready, name, groups })
      if (ready.operator === undefined) break
    }
    return found
  }

  /** The rule for an operator's name. */
  operator(name: string): ReadyOperator | undefined {
    let ready = this.#operators.get(name)
    if (ready === undefined) {
      const entry =
        this.#exact.get(name) ??
        this.#patterns.find(([pattern]) => pattern.find(name) !== undefined)?.[1]
      ready = entry === undefined ? null : { ...entry, name }
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

function tensorsOf({ tensors }: KernelRule): Parameter[] {
  if (tensors === undefined) return []
  if (typeof tensors === 'string') return parseParameters(tensors)
  return tensors.map(({ name = '', role = 'input' }) => ({ name, role }))
}

function acceptsOperator({ operator: pattern }: RuleMatch, operator?: KernelOperator): boolean {
  if (pattern === undefined) return true
  if (operator === undefined) return false
  if (pattern.find(operator.name) !== undefined) return true
  return operator.parents.some((parent) => pattern.find(parent) !== undefined)
}

let builtIn: KernelDatabase | undefined

/** The built-in files of rules in order. They are trusted: a test reads each as a user's is read. */
export const builtInRules: readonly NamedRuleFile[] = BUILT_IN.map(([source, file]) => ({
  source,
  file: file as RuleFile,
}))

/** What is said of an input beside its content. */
export interface SourceOptions {
  /** Name of the input, for error messages. */
  source?: string
}

/**
 * The kernel database: the built-in rules, with those of a user before them.
 * @param user - from `readRules` or `addKernels`
 */
export function kernelDatabase(
  user?: RuleFile,
  { source = 'kernel database' }: SourceOptions = {},
): KernelDatabase {
  if (user !== undefined) return new KernelDatabase(builtInRules, { source, file: user })
  builtIn ??= new KernelDatabase(builtInRules)
  return builtIn
}

/**
 * Reads a user's file of rules.
 * @param value - parsed JSON
 * @throws KernelDbError when it is another kind of document, of another version, or a rule is wrong
 */
export function readRules(
  value: unknown,
  { source = 'kernel database' }: SourceOptions = {},
): RuleFile {
  const file = readRuleFile(value, source)
  kernelDatabase(file, { source })
  return file
}
