// The help of one operation: `flowsim estimate matmul --help`.
import { DTYPES, type Field, OPERATIONS, type OpName } from '@flowsim/trace-schema'
import { AMOUNT_HELP } from '../../program/amount.js'
import { tableText, wrapped } from '../../program/lines.js'
import { shellLines } from '../../program/shell-lines.js'
import { typesText } from './read-call.js'

/** What an operation is, its dimensions with their meaning, and an example that runs as it stands. */
export function operationHelp(op: OpName): string {
  const { title, fields, usual = {} } = OPERATIONS[op]
  const rows = Object.entries(fields)
    .filter(([name]) => name !== 'dtype')
    .map(([name, field]) => [
      name,
      Object.hasOwn(usual, name)
        ? `${String((usual as Record<string, unknown>)[name])} if absent`
        : field.optional
          ? 'may be left out'
          : 'needed',
      meaningOf(field),
    ])
  return [
    `Usage: flowsim estimate ${op} --hardware <name> --set <name=value>…`,
    '',
    wrapped(`${op}: ${title}.`),
    '',
    ...(rows.length === 0
      ? []
      : [
          tableText(
            [{ label: '--set' }, { label: '' }, { label: 'what it is', flexible: 'wrap' }],
            rows,
          ),
          '',
        ]),
    wrapped(`Numbers: ${AMOUNT_HELP}.`),
    wrapped(`--dtype: the type of its data, bf16 if absent; ${typesText()}.`),
    wrapped('Other options: flowsim estimate --help'),
    '',
    'Example:',
    shellLines(exampleOf(op)),
    '',
  ].join('\n')
}

/** A command that estimates the typical call of an operation. */
export function exampleOf(op: OpName): string {
  const {
    op: _,
    dtype,
    schema: __,
    ...rest
  } = OPERATIONS[op].example as unknown as Record<string, unknown>
  const set = Object.entries(rest).map(([name, value]) => `--set ${name}=${String(value)}`)
  const type = dtype === undefined ? [] : [`--dtype ${String(dtype)}`]
  return ['flowsim estimate', op, '--hardware h100_sxm', ...set, ...type].join(' ')
}

function meaningOf(field: Field): string {
  const { description } = field
  const kind = kindOf(field)
  if (description === undefined) return `${kind.charAt(0).toUpperCase()}${kind.slice(1)}.`
  return `${description.replaceAll('`', '')} ${kind.charAt(0).toUpperCase()}${kind.slice(1)}.`
}

function kindOf(field: Field): string {
  switch (field.type) {
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'whole numbers, such as 3,3'
    case 'integer':
      return field.exclusiveMinimum === 0 ? 'a whole number from 1' : 'a whole number'
    case 'number':
      return 'a number'
    case 'string':
      if (field.enum === undefined) return 'a word'
      return field.enum === DTYPES ? 'an element type' : `one of ${field.enum.join(', ')}`
  }
}
