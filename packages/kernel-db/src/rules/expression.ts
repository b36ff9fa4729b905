// A small language for dimensions: `inputs[0].shape[-1] // 2`. Numbers, 'words', + - * / // %, ?? and
// parentheses; ceil, floor, round, abs, min, max, product, dtype, rows; and what is known of a kernel:
//   inputs[i], tensors.NAME    tensors, with .shape, .dtype, .elements and .bytes
//   scalars[i], values.NAME    values of arguments that are not tensors
//   grid[i], block[i], bytes   the launch
//   groups.NAME                a named group of the pattern that found the kernel
//   parameters.NAME            a constant of the rule
// `a ?? b` is b where a is not known; `none` leaves an optional dimension out. Indices count from the
// end when negative. Nothing else can be reached; nothing is executed.
import type { KernelEvent, TensorArg } from '@flowsim/trace-schema'
import { bytesOf, dtypeIn, elementsOf } from '../dimensions/context.js'
import { KernelDbError } from '../errors.js'
import type { NamedArguments } from '../names/arguments.js'
import type { Groups } from './pattern.js'

/** What an expression can name. */
export interface Scope {
  event: KernelEvent
  args: NamedArguments
  groups: Groups
  parameters: Readonly<Record<string, string | number | boolean>>
  /** Operands and dimensions that were found before. */
  known?: ReadonlyMap<string, Value>
}

/** What an optional dimension is set to so that it is left out. */
export const NONE: unique symbol = Symbol('none')

/** What an expression can stand for. */
export type Value = number | string | readonly number[] | TensorArg | typeof NONE | undefined
type Node = (scope: Scope) => Value

/** An expression that was read. */
export type Expression = (scope: Scope) => Value

/** What bare words of an expression stand for, beside those of the language. */
export interface Words {
  /** Operands and dimensions before this one. */
  known?: ReadonlySet<string>
  /** Whether every other word names a tensor. */
  tensors?: boolean
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|'([^']*)'|(\/\/|\?\?|[-+*/%()[\].,]))/y
const MEMBERS = ['shape', 'dtype', 'elements', 'bytes'] as const
type Member = (typeof MEMBERS)[number]

function isMember(word: string): word is Member {
  return (MEMBERS as readonly string[]).includes(word)
}

const MAX_LENGTH = 1000
const MAX_DEPTH = 50

const FUNCTIONS: Record<string, (...values: number[]) => number> = {
  ceil: Math.ceil,
  floor: Math.floor,
  round: Math.round,
  abs: Math.abs,
  min: Math.min,
  max: Math.max,
}

/** Whether a text names something of a kernel, rather than being a plain word such as `bf16`. */
export function isExpression(text: string): boolean {
  return /[-+*/%([]|\?\?|'|\.(?:dtype|shape|elements|bytes)\b|^\s*(?:\d|(?:bytes|none)\b|(?:tensors|values|groups|parameters)\.)/.test(
    text,
  )
}

/**
 * Reads an expression.
 * @throws KernelDbError with code `invalid_expression`
 */
export function parseExpression(text: string, words: Words = {}): Expression {
  return new Parser(text, words).whole()
}

class Parser {
  #at = 0
  #depth = 0
  #token: string | undefined
  #kind: 'number' | 'word' | 'text' | 'sign' | undefined
  #start = 0

  constructor(
    private readonly text: string,
    private readonly words: Words,
  ) {
    if (text.length > MAX_LENGTH) throw this.#error(`longer than ${MAX_LENGTH} characters`)
    this.#next()
  }

  whole(): Node {
    const node = this.#fallback()
    if (this.#token !== undefined) throw this.#error(`unexpected "${this.#token}"`)
    return node
  }

  #error(what: string): KernelDbError {
    const shown = this.text.length > 60 ? `${this.text.slice(0, 57)}...` : this.text
    return new KernelDbError(
      'invalid_expression',
      `expression "${shown}": ${what} at character ${this.#start + 1}`,
    )
  }

  #next(): void {
    this.#start = this.#at
    if (this.text.slice(this.#at).trim() === '') {
      this.#token = undefined
      this.#kind = undefined
      return
    }
    TOKEN.lastIndex = this.#at
    const match = TOKEN.exec(this.text)
    if (match === null) throw this.#error('a character that has no meaning')
    this.#at = TOKEN.lastIndex
    this.#token = match[1] ?? match[2] ?? match[3] ?? match[4]
    const kinds = ['number', 'word', 'text', 'sign'] as const
    this.#kind = kinds.find((_, i) => match[i + 1] !== undefined)
  }

  #accept(sign: string): boolean {
    if (this.#kind !== 'sign' || this.#token !== sign) return false
    this.#next()
    return true
  }

  #expect(sign: string): void {
    if (!this.#accept(sign)) throw this.#error(`expected "${sign}"`)
  }

  #fallback(): Node {
    if (++this.#depth > MAX_DEPTH) throw this.#error('nested too deeply')
    let node = this.#sum()
    while (this.#accept('??')) {
      const [first, second] = [node, this.#sum()]
      node = (scope) => first(scope) ?? second(scope)
    }
    this.#depth--
    return node
  }

  #sum(): Node {
    let left = this.#product()
    for (;;) {
      if (this.#accept('+')) left = arithmetic(left, this.#product(), (a, b) => a + b)
      else if (this.#accept('-')) left = arithmetic(left, this.#product(), (a, b) => a - b)
      else return left
    }
  }

  #product(): Node {
    let left = this.#unary()
    for (;;) {
      if (this.#accept('*')) left = arithmetic(left, this.#unary(), (a, b) => a * b)
      else if (this.#accept('//'))
        left = arithmetic(left, this.#unary(), (a, b) => Math.floor(a / b))
      else if (this.#accept('/')) left = arithmetic(left, this.#unary(), (a, b) => a / b)
      else if (this.#accept('%')) left = arithmetic(left, this.#unary(), (a, b) => a % b)
      else return left
    }
  }

  #unary(): Node {
    let negative = false
    while (this.#accept('-')) negative = !negative
    const node = this.#postfix()
    return negative
      ? arithmetic(
          () => 0,
          node,
          (a, b) => a - b,
        )
      : node
  }

  #postfix(): Node {
    let node = this.#primary()
    for (;;) {
      if (this.#accept('[')) {
        const index = this.#fallback()
        this.#expect(']')
        node = element(node, index)
      } else if (this.#accept('.')) {
        if (this.#kind !== 'word') throw this.#error('expected a name')
        const member = this.#token!
        if (!isMember(member)) {
          throw this.#error(`"${member}" is not known; a tensor has ${MEMBERS.join(', ')}`)
        }
        this.#next()
        node = property(node, member)
      } else return node
    }
  }

  #primary(): Node {
    if (this.#accept('(')) {
      const node = this.#fallback()
      this.#expect(')')
      return node
    }
    if (this.#kind === 'number') {
      const value = Number(this.#token)
      this.#next()
      return () => value
    }
    if (this.#kind === 'text') {
      const value = this.#token!
      this.#next()
      return () => value
    }
    if (this.#kind !== 'word') throw this.#error('expected a value')
    const word = this.#token!
    this.#next()
    if (this.words.known?.has(word) && !this.#is('(')) return (scope) => scope.known?.get(word)
    switch (word) {
      case 'inputs':
        return this.#indexed((scope, i) => scope.args.tensors.at(i))
      case 'scalars':
        return this.#indexed((scope, i) => scalar(scope.args.scalars.at(i)))
      case 'tensors':
        return this.#named('a tensor', (scope, name) => tensorOf(scope, name))
      case 'values':
        return this.#named('an argument', (scope, name) => scope.args.number(name))
      case 'groups':
        return this.#named('a group', (scope, name) => scalar(scope.groups[name]))
      case 'parameters':
        return this.#named('a constant', (scope, name) => {
          const value = scope.parameters[name]
          return typeof value === 'boolean' ? Number(value) : value
        })
      case 'grid':
        return (scope) => scope.event.grid
      case 'block':
        return (scope) => scope.event.block
      case 'bytes':
        return (scope) => scope.event.bytes
      case 'none':
        return (): Value => NONE
      case 'product':
        return this.#call(1, ([list]) => (isList(list) ? productOf(list) : undefined))
      case 'dtype':
        return this.#call(1, ([name]) => (typeof name === 'string' ? dtypeIn(name) : undefined))
      case 'rows':
        return this.#call(2, ([tensor, width]) => rowsOf(tensor, width))
    }
    if (Object.hasOwn(FUNCTIONS, word)) return this.#numeric(FUNCTIONS[word]!)
    if (this.words.tensors && !this.#is('(')) return (scope) => tensorOf(scope, word)
    const names = [
      ...(this.words.known ?? []),
      ...[
        'inputs',
        'tensors',
        'scalars',
        'values',
        'groups',
        'parameters',
        'grid',
        'block',
        'bytes',
      ],
    ]
    throw this.#error(`"${word}" is not known; names are ${names.join(', ')}`)
  }

  #is(sign: string): boolean {
    return this.#kind === 'sign' && this.#token === sign
  }

  #named(what: string, get: (scope: Scope, name: string) => Value): Node {
    this.#expect('.')
    if (this.#kind !== 'word') throw this.#error(`expected the name of ${what}`)
    const name = this.#token!
    this.#next()
    return (scope) => get(scope, name)
  }

  #arguments(): Node[] {
    this.#expect('(')
    const values = [this.#fallback()]
    while (this.#accept(',')) values.push(this.#fallback())
    this.#expect(')')
    return values
  }

  #numeric(apply: (...values: number[]) => number): Node {
    const values = this.#arguments()
    return (scope) => {
      const numbers = values.map((value) => value(scope))
      return numbers.every((value) => typeof value === 'number') ? apply(...numbers) : undefined
    }
  }

  #call(count: number, apply: (values: Value[]) => Value): Node {
    const values = this.#arguments()
    if (values.length !== count) throw this.#error(`expected ${count} values in parentheses`)
    return (scope) => apply(values.map((value) => value(scope)))
  }

  #indexed(at: (scope: Scope, index: number) => Value): Node {
    this.#expect('[')
    const index = this.#fallback()
    this.#expect(']')
    return (scope) => {
      const i = index(scope)
      return typeof i === 'number' ? at(scope, i) : undefined
    }
  }
}

function tensorOf({ args }: Scope, name: string): TensorArg | undefined {
  return args.tensor(name)
}

function productOf(list: readonly number[]): number {
  return list.reduce((a, b) => a * b, 1)
}

/** Rows of so many elements in a tensor; none of a width of 0. */
function rowsOf(tensor: Value, width: Value): number | undefined {
  if (!isTensor(tensor) || typeof width !== 'number') return undefined
  return width > 0 ? elementsOf(tensor) / width : 0
}

function isTensor(value: Value): value is TensorArg {
  return typeof value === 'object' && !isList(value)
}

function isList(value: Value): value is readonly number[] {
  return Array.isArray(value)
}

function arithmetic(a: Node, b: Node, apply: (a: number, b: number) => number): Node {
  return (scope) => {
    const [left, right] = [a(scope), b(scope)]
    return typeof left === 'number' && typeof right === 'number' ? apply(left, right) : undefined
  }
}

function element(node: Node, index: Node): Node {
  return (scope) => {
    const value = node(scope)
    const i = index(scope)
    return isList(value) && typeof i === 'number' ? value.at(i) : undefined
  }
}

function property(node: Node, member: Member): Node {
  return (scope) => {
    const value = node(scope)
    if (!isTensor(value)) return undefined
    if (member === 'elements') return elementsOf(value)
    return member === 'bytes' ? bytesOf(value) : value[member]
  }
}

function scalar(text: string | undefined): number | string | undefined {
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : text
}
