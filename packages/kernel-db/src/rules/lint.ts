// Faults of a database: rules that cannot answer, answer wrongly, or say the same twice.
import { classify } from '../classify/classify.js'
import { readableName } from '../names/kernel-name.js'
import type { KernelDatabase, ReadyRule } from './database.js'
import { exampleEvent, readExample } from './example.js'
import { expandBraces, isRegex } from './pattern.js'
import type { OperatorRule, RuleExample } from './rule-file.js'

/** Kinds of faults. */
export type LintKind =
  /** Two rules with the same name or pattern. */
  | 'duplicate'
  /** A rule that none of its examples reaches, because rules before it answer. */
  | 'shadowed'
  /** An example that its rule does not match, or that has another result than it says. */
  | 'example'
  /** A built-in rule without an example. */
  | 'no_example'

/** One fault. */
export interface LintFinding {
  kind: LintKind
  /** Id of the rule, or name of the user's kernel. */
  rule: string
  message: string
}

type Report = (kind: LintKind, rule: string, message: string) => void

/**
 * Checks the rules of a database, built-in ones and those of a user.
 * @returns what is wrong, in the order of the rules; empty when all is well
 */
export function lint(database: KernelDatabase): LintFinding[] {
  const findings: LintFinding[] = []
  const report: Report = (kind, rule, message) => findings.push({ kind, rule, message })
  const patterns = new Map<string, ReadyRule>()
  const ids = new Set<string>()
  for (const rule of database.rules) {
    const name = nameOf(rule)
    const pattern = JSON.stringify([rule.rule.kernel, rule.rule.operator])
    const same = patterns.get(pattern)
    if (same !== undefined) {
      report(
        'duplicate',
        name,
        rule.isUsers
          ? `${short(name)}: described twice`
          : `${name}: same pattern as ${nameOf(same)}`,
      )
      continue
    }
    patterns.set(pattern, rule)
    if (!rule.isUsers && ids.has(rule.id)) {
      report('duplicate', name, `${name}: another rule has the same id`)
    }
    ids.add(rule.id)
    lintExamples(rule, database, report)
  }
  lintOperators(database, report)
  return findings
}

/** Built-in rules have ids; a user's are known by their kernels. */
function nameOf({ isUsers, id }: ReadyRule): string {
  return isUsers ? id.slice('user:'.length) : id
}

function lintExamples(rule: ReadyRule, database: KernelDatabase, report: Report): void {
  const name = nameOf(rule)
  const examples = rule.rule.examples ?? samplesOf(rule)
  if (examples.length === 0 && !rule.isUsers) {
    report('no_example', name, `${name}: has no example`)
  }
  let reached = false
  const others = new Set<string>()
  for (const example of examples) {
    const kernel = readExample(example)
    const answer = database.match(kernel.name, kernel.operator)
    if (answer?.id === rule.id) {
      reached = true
      lintCall(name, example, database, report)
    } else if (!rule.isUsers && isMissed(rule, kernel.name, kernel.operator?.name)) {
      report('example', name, `${name}: does not match its example ${short(kernel.name)}`)
    } else if (answer !== undefined && answer.isUsers === rule.isUsers) {
      others.add(nameOf(answer))
    }
  }
  if (reached || others.size === 0) return
  const by = [...others].map(short).join(', ')
  report(
    'shadowed',
    name,
    rule.isUsers
      ? `${short(name)}: answered by ${by} before it`
      : `${name}: its examples are answered by ${by}`,
  )
}

function isMissed({ kernel, operator }: ReadyRule, name: string, around?: string): boolean {
  if (kernel.find(readableName(name), name) === undefined) return true
  return operator !== undefined && around === undefined
}

/** A user's rule without examples is tried on its own name. */
function samplesOf({ isUsers, rule }: ReadyRule): RuleExample[] {
  if (!isUsers) return []
  const names = [rule.kernel].flat().filter((pattern) => !isRegex(pattern))
  const operator = rule.operator === undefined ? undefined : [rule.operator].flat()[0]!
  return names.map((name) => {
    const kernel = name.replaceAll('*', '')
    return operator === undefined ? kernel : { kernel, operators: [operator.replaceAll('*', '')] }
  })
}

function lintCall(
  name: string,
  example: RuleExample,
  database: KernelDatabase,
  report: Report,
  operator?: string,
): void {
  if (typeof example === 'string' || example.call === undefined) return
  const { call, missing } = classify(exampleEvent(readExample(example, operator)), { database })
  if (JSON.stringify(sorted(call)) === JSON.stringify(sorted(example.call))) return
  const found = call === undefined ? `no call (${missing})` : JSON.stringify(call)
  report(
    'example',
    name,
    `${name}: its example gives ${found}, expected ${JSON.stringify(example.call)}`,
  )
}

function sorted(call: object | undefined): unknown {
  return call === undefined ? undefined : Object.entries(call).sort(([a], [b]) => (a < b ? -1 : 1))
}

function lintOperators(database: KernelDatabase, report: Report): void {
  const owners = new Set<string>()
  for (const rule of database.operatorRules) {
    const names = namesOf(rule)
    for (const name of names) {
      if (owners.has(name)) report('duplicate', name, `operator ${name}: described twice`)
      owners.add(name)
    }
    for (const example of rule.examples ?? []) {
      lintCall(names[0]!, example, database, report, names[0])
    }
  }
}

/** Every name and pattern of an operator rule. */
export function namesOf({ operator }: OperatorRule): string[] {
  return [operator].flat().flatMap((name) => (isRegex(name) ? [name] : expandBraces(name)))
}

function short(name: string): string {
  return name.length > 80 ? `${name.slice(0, 77)}...` : name
}
