// The operation that the words of `flowsim estimate` describe: its dimensions, all that is missing told at once.
import {
  callFault,
  DTYPES,
  didYouMean,
  type Field,
  isOpName,
  OP_NAMES,
  OPERATIONS,
  type OpCall,
  type OpName,
  parseDtype,
} from '@flowsim/trace-schema'
import type { Option } from 'commander'
import { readAmount } from '../../program/amount.js'
import { CliError } from '../../program/errors.js'
import type { EstimateFlags } from './flags.js'

/**
 * Looks for an operation that is not known, and for dimensions that are written as flags, before anything else of
 * the words is read.
 *
 * @returns the operation
 * @throws CliError `usage`, with all that is missing besides
 */
export function checkFlags(op: string, words: readonly string[], known: readonly Option[]): OpName {
  checkOperation(op)
  const { fields } = OPERATIONS[op]
  const given = new Map<string, string>()
  const asFlags: string[] = []
  for (const [i, word] of words.entries()) {
    const [, name, value = words[i + 1]] = /^--([\w-]+)(?:=(.*))?$/.exec(word) ?? []
    if (name === undefined) continue
    if (name === 'set' || name === 'hardware') given.set(name === 'set' ? nameOf(value) : name, '')
    if (!Object.hasOwn(fields, name) || known.some(({ long }) => long === `--${name}`)) continue
    given.set(name, '')
    asFlags.push(`--set ${name}=${value === undefined || value.startsWith('-') ? '…' : value}`)
  }
  if (asFlags.length === 0) return op
  const missing = missingOf(op, (name) => given.has(name))
  const besides = missing.length === 0 ? '' : `; ${missingText(op, missing)}`
  throw new CliError('usage', `${op}: write dimensions as ${asFlags.join(' ')}${besides}`)
}

const nameOf = (text = '') => text.split('=')[0]!

function checkOperation(op: string): asserts op is OpName {
  if (isOpName(op)) return
  const close = didYouMean(op, OP_NAMES)
  const all = close === '' ? `; one of ${OP_NAMES.join(', ')}` : close
  throw new CliError('usage', `"${op}" is not an operation${all}`)
}

/** The operation that the flags describe, all of which are there. */
export function readCall(
  op: string,
  flags: Pick<EstimateFlags, 'set' | 'dtype' | 'l2' | 'hardware'>,
): OpCall {
  checkOperation(op)
  if (flags.l2 !== 'cold' && flags.l2 !== 'warm') {
    throw new CliError('usage', `--l2 ${flags.l2}: is neither cold nor warm`)
  }
  const dtype = parseDtype(flags.dtype)
  if (dtype === undefined) {
    throw new CliError('usage', `--dtype ${flags.dtype}: is not an element type; ${typesText()}`)
  }
  const { usual } = OPERATIONS[op]
  const given: Record<string, unknown> = {}
  for (const text of flags.set ?? []) {
    const [name, value] = readDimension(op, text)
    if (Object.hasOwn(given, name)) throw new CliError('usage', `--set ${name}: is given twice`)
    given[name] = value
  }
  const call = { op, dtype, ...usual, ...withAliases(op, given) } as unknown as OpCall
  const missing = missingOf(op, (name) =>
    name === 'hardware' ? flags.hardware !== undefined : name in call,
  )
  if (missing.length > 0) throw new CliError('usage', `${op}: ${missingText(op, missing)}`)
  const fault = callFault(call)
  if (fault === undefined) return call
  const name = fault.path.replace(/\[\d+\]$/, '')
  throw new CliError('usage', `--set ${name}=${String(given[name])}: ${fault.what}`)
}

/** Element types that `--dtype` takes. */
export function typesText(): string {
  return `there are ${DTYPES.join(', ')} and their usual names (float16, half, …)`
}

/** What an estimate needs and is not there: the device, and dimensions. */
function missingOf(op: OpName, has: (name: string) => boolean): string[] {
  const { fields, usual = {} } = OPERATIONS[op]
  const needed = Object.keys(fields).filter(
    (name) => name !== 'dtype' && fields[name]!.optional !== true && !Object.hasOwn(usual, name),
  )
  return ['hardware', ...needed].filter((name) => !has(name))
}

function missingText(op: OpName, missing: readonly string[]): string {
  const { fields } = OPERATIONS[op]
  const said = missing.map((name) => {
    const meaning = fields[name]?.description?.replace(/\.$/, '')
    if (name === 'hardware') return 'the device'
    return meaning === undefined
      ? name
      : `${name} (${meaning.charAt(0).toLowerCase()}${meaning.slice(1)})`
  })
  const what = said.length === 1 ? 'is' : 'are'
  const options = missing.map((name) =>
    name === 'hardware' ? '--hardware NAME' : `--set ${name}=…`,
  )
  return `${said.join(', ')} ${what} missing; add ${options.join(' ')} (flowsim estimate ${op} --help shows all)`
}

/** Short names that people use: `elements` of an operation on rows are one row. */
function withAliases(op: OpName, dimensions: Record<string, unknown>): Record<string, unknown> {
  const { elements, ...rest } = dimensions
  return elements !== undefined && isOnRows(op) ? { rows: 1, cols: elements, ...rest } : dimensions
}

function isOnRows(op: OpName): boolean {
  const { fields } = OPERATIONS[op]
  return 'rows' in fields && 'cols' in fields && !('elements' in fields)
}

function readDimension(op: OpName, text: string): [string, unknown] {
  const at = text.indexOf('=')
  if (at < 1) throw new CliError('usage', `--set ${text}: write name=value, such as m=4096`)
  const name = text.slice(0, at)
  const value = text.slice(at + 1).trim()
  const { fields } = OPERATIONS[op]
  if (name === 'elements' && isOnRows(op)) return [name, numberOf(text, name, value)]
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field === undefined) {
    const names = Object.keys(fields)
    throw new CliError(
      'usage',
      `--set ${name}: ${op} has no such dimension; it has ${names.join(', ')}${didYouMean(name, names)}`,
    )
  }
  return [name, dimensionOf(field, text, name, value)]
}

/** A value in the form of its field; the schema's check says what is wrong with one that has another. */
function dimensionOf(field: Field, text: string, name: string, value: string): unknown {
  if (field.type === 'string') {
    return field.enum === DTYPES ? (parseDtype(value) ?? value) : value
  }
  if (field.type === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true'
    throw new CliError('usage', `--set ${text}: ${name} is true or false`)
  }
  if (field.type === 'array') {
    return value
      .replace(/^\[|\]$/g, '')
      .split(',')
      .map((part) => numberOf(text, name, part))
  }
  return numberOf(text, name, value)
}

function numberOf(text: string, name: string, value: string): number {
  const amount = readAmount(value)
  if (amount === undefined) {
    throw new CliError('usage', `--set ${text}: ${name} is a number, such as 4096, 4k or 4K`)
  }
  if (amount.isBytes && !/bytes/i.test(name)) {
    throw new CliError('usage', `--set ${text}: ${name} is not counted in bytes`)
  }
  return amount.value
}
