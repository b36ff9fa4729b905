// What a schema found wrong, in plain words: which field, what is wrong with it, what is allowed there.
import { z } from 'zod'

type Issue = z.core.$ZodIssue

/** The fault that says most about a value. */
export interface SchemaFault {
  /** Where it is, part by part. */
  path: PropertyKey[]
  /** Where it is, as people write it: `runs[0].name`; empty for the whole value. */
  field: string
  /** What is wrong, without the field. */
  text: string
  /** A field that the schema does not have, if that is the fault. */
  unknownField?: string
}

/** The fault of a value that a schema refused: of several forms, that of the form which fits best. */
export function schemaFault(error: z.ZodError): SchemaFault {
  const issue = telling(error.issues, [])
  const path = [...issue.path]
  return {
    path,
    field: z.core.toDotPath(path),
    text: issueText(issue),
    ...(issue.code === 'unrecognized_keys' ? { unknownField: issue.keys[0]! } : {}),
  }
}

/** The field and what is wrong with it: `latencyS: is missing`. */
export function schemaFaultText(error: z.ZodError): string {
  const { field, text } = schemaFault(error)
  return field === '' ? text : `${field}: ${text}`
}

/** The issue that says most: inside unions, that of the alternative which went furthest. */
function telling(issues: readonly Issue[], prefix: readonly PropertyKey[]): Issue {
  const candidates = issues.map((issue): Issue => {
    const path = [...prefix, ...issue.path]
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const inner = issue.errors.map((errors) => telling(errors, path))
      // A misspelt field, or a number out of range, says more than "not a list" of the other alternative.
      const depth = (one: Issue) =>
        one.path.length +
        (one.code === 'unrecognized_keys' ? 0.5 : one.code.startsWith('invalid_') ? 0 : 0.25)
      const best = inner.reduce((a, b) => (depth(b) > depth(a) ? b : a))
      if (depth(best) > path.length) return best
    }
    return { ...issue, path } as Issue
  })
  // A misspelt name explains the missing one beside it.
  return candidates.find(({ code }) => code === 'unrecognized_keys') ?? candidates[0]!
}

/** Whether zod has worded a fault; else the schema has. */
const BY_ZOD = /^(?:Invalid |Too (?:small|big): |Unrecognized key|Duplicate )/

const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  map: 'an object',
  null: 'null',
}

/** What is wrong, in plain words, and what is allowed; the schema's words where it has some. */
export function issueText(issue: Issue): string {
  if (!BY_ZOD.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type': {
      const received = /received (\w+)/.exec(issue.message)?.[1]
      if (issue.expected === 'nonoptional' || received === 'undefined') return 'is missing'
      const expected = KINDS[issue.expected] ?? issue.expected
      const given = received === undefined ? '' : `, not ${KINDS[received] ?? received}`
      return `must be ${expected}${given}`
    }
    case 'too_small':
      return `must ${amountOf(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum)}`
    case 'too_big':
      return `must ${amountOf(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum)}`
    case 'invalid_value':
      return oneOf(issue.values)
    case 'unrecognized_keys':
      return `unknown field ${issue.keys[0]}`
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_format':
      return issue.pattern === undefined
        ? `must be a ${issue.format}`
        : `must match ${issue.pattern}`
    case 'invalid_union': {
      if (issue.errors.length > 0 && issue.errors.every(isMissing)) return 'is missing'
      const options = [...issue.message.matchAll(/'([^']+)'/g)].map(([, name]) => name!)
      return options.length > 0 ? oneOf(options) : anyOf(issue.errors)
    }
    default:
      return issue.message
  }
}

/** Whether a form finds no value at all. */
const isMissing = (issues: readonly Issue[]) =>
  issues.some((issue) => issue.path.length === 0 && issueText(issue) === 'is missing')

/** The forms that a value may have, from what each of them has against it. */
function anyOf(forms: readonly (readonly Issue[])[]): string {
  const allowed = forms.flatMap((issues) => {
    const issue = issues.find(({ path }) => path.length === 0)
    if (issue === undefined) return []
    // Of a form that is itself one of several, all of them.
    if (issue.code === 'invalid_union' && issue.errors.length > 0)
      return anyOf(issue.errors)
        .replace(/^must be /, '')
        .split(' or ')
    const [, kind] = /^must be (.+?)(?:, not .+)?$/.exec(issueText(issue)) ?? []
    return kind === undefined ? [] : [kind.replace(/^one of /, '')]
  })
  return `must be ${[...new Set(allowed)].join(' or ')}`
}

function amountOf(origin: string, bound: string, amount: number | bigint): string {
  const isOne = Number(amount) === 1
  if (origin === 'string') return `have ${bound} ${amount} ${isOne ? 'character' : 'characters'}`
  if (origin === 'array' || origin === 'set') {
    return `have ${bound} ${amount} ${isOne ? 'entry' : 'entries'}`
  }
  return `be ${bound} ${amount}`
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1
    ? `must be ${JSON.stringify(values[0])}`
    : `must be one of ${values.map(String).join(', ')}`
}
