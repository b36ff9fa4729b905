// What names in rules stand for: formulas of rule files, functions in dimensions/, and for each operation
// its usual dimensions.
import type { OpName } from '@flowsim/trace-schema'
import type { DimensionFunction } from '../dimensions/context.js'
import { FUNCTIONS } from '../dimensions/index.js'
import { KernelDbError, located } from '../errors.js'
import { compileFormula } from './formula.js'
import type { Formula, RuleFile } from './rule-file.js'

/** A file of rules with the name that messages give it. */
export interface NamedRuleFile {
  source: string
  file: RuleFile
}

interface NamedFormula {
  formula: Formula
  source: string
}

/** The formulas and operations of several files; those of the first that has a name count. */
export class Dictionary {
  readonly #formulas = new Map<string, NamedFormula>()
  readonly #operations = new Map<string, string>()
  readonly #ready = new Map<string, DimensionFunction>()

  constructor(files: readonly NamedRuleFile[]) {
    for (const { source, file } of files) {
      for (const [name, formula] of Object.entries(file.formulas ?? {})) {
        if (!this.#formulas.has(name)) this.#formulas.set(name, { formula, source })
      }
    }
    for (const { source, file } of files) {
      for (const [op, operation] of Object.entries(file.operations ?? {})) {
        if (this.#operations.has(op)) continue
        this.#operations.set(op, operation)
        located(source, `operations.${op}`, () => this.dimensions(operation, op as OpName))
      }
    }
  }

  /** How the dimensions of an operation are found where a rule says nothing. */
  usual(op: OpName): DimensionFunction {
    const operation = this.#operations.get(op)
    return operation === undefined ? FUNCTIONS.none : this.dimensions(operation, op)
  }

  /**
   * The formula or function of a name.
   * @throws KernelDbError with code `invalid_rule` where there is none
   */
  dimensions(name: string, op: OpName): DimensionFunction {
    const key = `${name} ${op}`
    let ready = this.#ready.get(key)
    if (ready !== undefined) return ready
    const named = this.#formulas.get(name)
    if (named === undefined) {
      if (!Object.hasOwn(FUNCTIONS, name)) throw this.#unknown(name)
      return FUNCTIONS[name as keyof typeof FUNCTIONS]
    }
    const { formula, source } = named
    // A formula that leads to itself has no dimensions.
    this.#ready.set(key, FUNCTIONS.none)
    ready = located(source, `formulas.${name}`, () =>
      compileFormula(
        formula,
        op,
        formula.else === undefined ? undefined : this.dimensions(formula.else, op),
      ),
    )
    this.#ready.set(key, ready)
    return ready
  }

  #unknown(name: string): KernelDbError {
    const names = [...this.#formulas.keys(), ...Object.keys(FUNCTIONS)].sort()
    return new KernelDbError(
      'invalid_rule',
      `no formula or function "${name}"; there are ${names.join(', ')}`,
      'dimensions',
    )
  }
}
