// Conditions under which a command fails: --fail-if "busy>+5%". A limit with a sign is of the change from the first
// input to the second, one without of the value itself; a time may have a unit.
import { didYouMean, visible } from '@flowsim/trace-schema'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { CliError } from './errors.js'
import { Outputs } from './outputs.js'
import { note, print } from './print.js'

/** Options of {@link addFailIf}. */
export interface FailIfFlags {
  failIf?: Condition[]
  junit?: string
  summary?: string
}

/** A condition as it was read. */
export interface Condition {
  text: string
  metric: string
  comparator: '>' | '>=' | '<' | '<='
  /** A share for `%`, seconds for a unit of time, else as it stands. */
  limit: number
  isChange: boolean
  unit: '%' | 'time' | 'none'
}

/** A number that conditions may ask for. `before` is the same of the first input, where there are two. */
export interface Metric {
  value: number | null
  before?: number | null
  /** Seconds in one of `value`, of a time; absent: it is not a time. */
  secondsPerUnit?: number
}

/** What there is to ask for. */
export interface KnownMetrics {
  /** In a few words. */
  text: string
  /** Names that an unknown one may have been meant to be. */
  names: readonly string[]
}

/** What became of a condition. */
export interface Check {
  condition: string
  failed: boolean
  /** One line: the values. */
  why: string
}

/** `--fail-if`, and the forms in which pipelines take the result. */
export function addFailIf(command: Command, example: string): Command {
  return command
    .addOption(
      new Option(
        '--fail-if <condition>',
        `fail, with exit code 1, where this holds: ${example}; repeat for more`,
      ).argParser((text: string, before: Condition[] = []) => [...before, readCondition(text)]),
    )
    .option('--junit <file.xml>', 'the conditions as test cases, in the form of JUnit')
    .option('--summary <file.md>', 'the conditions as Markdown, for a pull request')
    .hook('preAction', (each) => {
      const { failIf, junit, summary }: FailIfFlags = each.opts()
      if (failIf !== undefined || (junit ?? summary) === undefined) return
      const flag = junit === undefined ? '--summary' : '--junit'
      throw new CliError('usage', `${flag}: there is no condition to tell of; add --fail-if`)
    })
}

/** Reads a condition. */
export function readCondition(text: string): Condition {
  const found =
    /^\s*([\w.-]+?)\s*(>=|<=|>|<)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(%|ns|us|µs|ms|s)?\s*$/.exec(
      text,
    )
  if (found === null) {
    throw new InvalidArgumentError(
      `"${text}" is not a condition such as busy>+5%, busy>+2ms or ttft.p99S>1`,
    )
  }
  const [, metric, comparator, number, unit] = found
  if (!Number.isFinite(Number(number))) {
    throw new InvalidArgumentError(`"${text}": its limit is beyond what a number holds`)
  }
  const scale = unit === undefined ? 1 : unit === '%' ? 0.01 : SECONDS[unit]!
  return {
    text: text.trim(),
    metric: metric!,
    comparator: comparator as Condition['comparator'],
    limit: Number(number) * scale,
    isChange: /^[+-]/.test(number!),
    unit: unit === undefined ? 'none' : unit === '%' ? '%' : 'time',
  }
}

const SECONDS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1 }

/**
 * Checks conditions. One whose value is not known fails: nobody can say that it does not hold.
 *
 * @param metricOf - the number of a name; undefined where the name is not known
 * @param known - what to tell where one is unknown
 * @throws CliError `usage` for unknown names, and for limits that do not fit the number
 */
export function checkConditions(
  conditions: readonly Condition[],
  metricOf: (name: string) => Metric | undefined,
  known: KnownMetrics,
): Check[] {
  return conditions.map((condition) => {
    const metric = metricOf(condition.metric)
    const usage = (why: string) => new CliError('usage', `--fail-if ${condition.text}: ${why}`)
    if (metric === undefined)
      throw usage(
        `there is no ${condition.metric}; there are ${known.text}${didYouMean(condition.metric, known.names)}`,
      )
    const { value, before, secondsPerUnit } = metric
    if (condition.isChange && before === undefined) {
      throw usage('a limit with a sign is of a change, and there is one input')
    }
    if (condition.unit === 'time' && secondsPerUnit === undefined) {
      throw usage(`${condition.metric} is not a time`)
    }
    if (condition.unit === '%' && !condition.isChange && secondsPerUnit !== undefined) {
      throw usage(`${condition.metric} is a time; a share is of its change, such as >+5%`)
    }
    const isNamedInSeconds = secondsPerUnit === 1
    if (
      condition.unit === 'none' &&
      secondsPerUnit !== undefined &&
      !isNamedInSeconds &&
      condition.limit !== 0
    ) {
      throw usage(`${condition.metric} is a time; give its limit a unit, such as 2ms`)
    }
    if (value === null || (condition.isChange && before === null)) {
      return { condition: condition.text, failed: true, why: 'its value is not known' }
    }
    const isRelative = condition.isChange && condition.unit === '%'
    const measured = isRelative
      ? before === 0
        ? value === 0
          ? 0
          : Number.POSITIVE_INFINITY
        : value / before! - 1
      : value - (condition.isChange ? before! : 0)
    const limit = condition.unit === 'time' ? condition.limit / secondsPerUnit! : condition.limit
    const failed = COMPARE[condition.comparator](measured, limit)
    return { condition: condition.text, failed, why: wordsOf(metric, isRelative ? measured : null) }
  })
}

const COMPARE: Readonly<Record<Condition['comparator'], (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
}

function wordsOf({ value, before, secondsPerUnit }: Metric, share: number | null): string {
  const shown = (number: number) =>
    secondsPerUnit === undefined
      ? String(Number(number.toPrecision(6)))
      : `${Number((number * secondsPerUnit * 1e3).toPrecision(6))} ms`
  if (before === undefined || before === null) return `it is ${shown(value!)}`
  const percent =
    share === null ? '' : `, ${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(1)} %`
  return `from ${shown(before)} to ${shown(value!)}${percent}`
}

/**
 * Tells what became of the conditions, in the forms that were asked for, and fails the command where one holds.
 * Nothing is printed on stdout with `isJson`.
 */
export async function reportChecks(
  checks: readonly Check[],
  { junit, summary }: FailIfFlags,
  { title: words, isJson }: { title: string; isJson: boolean },
): Promise<void> {
  // It holds names of files, and XML has no control characters.
  const title = visible(words).replaceAll('\n', ' ')
  if (junit !== undefined) await Outputs.file(junit, await junitOf(checks, title))
  if (summary !== undefined) await Outputs.file(summary, markdownOf(checks, title))
  if (!isJson && checks.length > 0) {
    print()
    for (const { condition, failed, why } of checks) {
      print(`${failed ? 'FAILED' : 'ok    '}  ${condition}: ${why}`)
    }
  }
  const failures = checks.filter(({ failed }) => failed)
  for (const { condition, why } of failures) note(`flowsim: --fail-if ${condition}: ${why}`)
  if (failures.length > 0) process.exitCode = 1
}

async function junitOf(checks: readonly Check[], title: string): Promise<string> {
  const { create } = (await import('xmlbuilder')).default
  const failures = checks.filter(({ failed }) => failed).length
  const suite = create('testsuites').ele('testsuite', {
    name: title,
    tests: checks.length,
    failures,
    errors: 0,
  })
  for (const { condition, failed, why } of checks) {
    const test = suite.ele('testcase', { classname: 'flowsim', name: condition })
    if (failed) test.ele('failure', { message: why })
    else test.ele('system-out', why)
  }
  return `${suite.end({ pretty: true })}\n`
}

function markdownOf(checks: readonly Check[], title: string): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const rows = checks.map(
    ({ condition, failed, why }) =>
      `| ${failed ? '**failed**' : 'ok'} | \`${cell(condition)}\` | ${cell(why)} |`,
  )
  return `### ${title}\n\n| | fails if | |\n| --- | --- | --- |\n${rows.join('\n')}\n`
}
