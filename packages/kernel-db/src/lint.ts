// Faults of a database: rules that cannot answer, answer wrongly, or say the same twice.
import type { KernelOperator } from '@flowsim/trace-schema'
import { DIMENSIONS } from './dimensions/index.js'
import { KernelDatabase } from './engine/database.js'
import type { KernelRule, RuleExample } from './rule.js'
import { userMatcher } from './user/user-database.js'

/** Kinds of faults. */
export type LintKind =
  /** Two rules, or two descriptions of a user, with the same name or pattern. */
  | 'duplicate'
  /** A rule that none of its examples reaches, because rules before it answer. */
  | 'shadowed'
  /** An example that its own rule does not match. */
  | 'example'
  /** A rule without an example. */
  | 'no_example'
  /** A dimension function that does not exist. */
  | 'unknown_dimensions'

/** One fault. */
export interface LintFinding {
  kind: LintKind
  /** Id of the rule, or name of the user's kernel. */
  rule: string
  message: string
}

/** Examples as a kernel's name with the operator that launched it. */
export function exampleOf(example: RuleExample): { kernel: string; operator?: KernelOperator } {
  if (typeof example === 'string') return { kernel: example }
  const [name, ...parents] = example.operators ?? []
  return {
    kernel: example.kernel,
    ...(name === undefined ? {} : { operator: { name, parents, args: [] } }),
  }
}

/**
 * Checks the rules of a database, built-in ones and those of a user.
 * @returns what is wrong, in the order of the rules; empty when all is well
 */
export function lint(database: KernelDatabase): LintFinding[] {
  const findings: LintFinding[] = []
  const report = (kind: LintKind, rule: string, message: string) =>
    findings.push({ kind, rule, message })
  const ids = new Set<string>()
  const patterns = new Map<string, string>()
  const builtIn = new KernelDatabase(database.kernelRules, database.operatorRules)
  for (const rule of database.kernelRules) {
    if (ids.has(rule.id)) report('duplicate', rule.id, `${rule.id}: another rule has the same id`)
    ids.add(rule.id)
    const pattern = `${rule.kernel.source} ${rule.kernel.flags} ${rule.operator?.source ?? ''}`
    const same = patterns.get(pattern)
    if (same !== undefined) report('duplicate', rule.id, `${rule.id}: same pattern as ${same}`)
    patterns.set(pattern, rule.id)
    if (rule.dimensions !== undefined && !Object.hasOwn(DIMENSIONS, rule.dimensions)) {
      report(
        'unknown_dimensions',
        rule.id,
        `${rule.id}: no dimension function "${rule.dimensions}"`,
      )
    }
    lintExamples(rule, builtIn, report)
  }
  lintOperators(database, report)
  lintUser(database, report)
  return findings
}

type Report = (kind: LintKind, rule: string, message: string) => void

function lintExamples(rule: KernelRule, database: KernelDatabase, report: Report): void {
  if (rule.examples.length === 0) report('no_example', rule.id, `${rule.id}: has no example`)
  let reached = false
  const others = new Set<string>()
  for (const each of rule.examples) {
    const { kernel, operator } = exampleOf(each)
    const alone = new KernelDatabase([rule], [])
    if (alone.match(kernel, operator) === undefined) {
      report('example', rule.id, `${rule.id}: does not match its example ${short(kernel)}`)
      continue
    }
    const answer = database.match(kernel, operator)
    if (answer?.rule === rule) reached = true
    else if (answer !== undefined) others.add(answer.rule.id)
  }
  if (reached || others.size === 0) return
  report('shadowed', rule.id, `${rule.id}: its examples are answered by ${[...others].join(', ')}`)
}

function lintOperators(database: KernelDatabase, report: Report): void {
  const owners = new Set<string>()
  for (const { operators, dimensions } of database.operatorRules) {
    const names = operators instanceof RegExp ? [operators.source] : operators
    for (const name of names) {
      if (owners.has(name)) report('duplicate', name, `operator ${name}: described twice`)
      owners.add(name)
    }
    if (dimensions !== undefined && !Object.hasOwn(DIMENSIONS, dimensions)) {
      const name = names[0] ?? ''
      report('unknown_dimensions', name, `operator ${name}: no dimension function "${dimensions}"`)
    }
  }
}

function lintUser(database: KernelDatabase, report: Report): void {
  const kernels = database.userKernels
  kernels.forEach((kernel, i) => {
    const twin = kernels.findIndex(
      (other) => other.kernel === kernel.kernel && other.operator === kernel.operator,
    )
    if (twin < i) {
      report('duplicate', kernel.kernel, `${short(kernel.kernel)}: described twice`)
      return
    }
    const sample = kernel.kernel.replaceAll('*', '')
    const before = kernels
      .slice(0, i)
      .find(
        (other) =>
          other.kernel !== kernel.kernel &&
          other.operator === kernel.operator &&
          userMatcher(other).kernel(sample, sample),
      )
    if (before !== undefined) {
      report(
        'shadowed',
        kernel.kernel,
        `${short(kernel.kernel)}: answered by ${short(before.kernel)} before it`,
      )
    }
  })
}

function short(name: string): string {
  return name.length > 80 ? `${name.slice(0, 77)}...` : name
}
