// A small language for dimensions that a user writes: `inputs[0].shape[-1] // 2`. Numbers, + - * / //
// % and parentheses; ceil, floor, round, abs, min, max, product; and what is known of a kernel:
//   inputs[i], tensors.NAME    tensors, with .shape, .dtype and .elements
//   scalars[i]                 values of arguments that are no tensors
//   grid[i], block[i], bytes   the launch
// Indices count from the end when negative. Nothing else can be reached; nothing is executed.
import type { KernelEvent, TensorArg } from '@flowsim/trace-schema'
import { elementsOf } from '../dimensions/context.js'
import { KernelDbError } from '../errors.js'
import type { NamedArguments } from '../names/arguments.js'

/** What an expression can name. */
export interface Scope {
  event: KernelEvent
  args: NamedArguments
}

type Value = number | string | readonly number[] | TensorArg | undefined
type Node = (scope: Scope) => Value

/** An expression that was read. */
export type Expression = (scope: Scope) => number | string | undefined

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(\/\/|[-+*/%()[\].,]))/y
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
  return /[-+*/%([]|^\s*(?:\d|bytes\b|tensors\.)/.test(text)
}

/**
 * Reads an expression.
 * @throws KernelDbError with code `invalid_expression`
 */
export function parseExpression(text: string): Expression {
  const node = new Parser(text).whole()
  return (scope) => {
    const value = node(scope)
    return typeof value === 'number' || typeof value === 'string' ? value : undefined
  }
}

class Parser {
  #at = 0
  #depth = 0
  #token: string | undefined
  #kind: 'number' | 'word' | 'sign' | undefined
  #start = 0

  constructor(private readonly text: string) {
    if (text.length > MAX_LENGTH) throw this.#error(`longer than ${MAX_LENGTH} characters`)
    this.#next()
  }

  whole(): Node {
    const node = this.#sum()
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
    this.#token = match[1] ?? match[2] ?? match[3]
    this.#kind = match[1] !== undefined ? 'number' : match[2] !== undefined ? 'word' : 'sign'
  }

  #accept(sign: string): boolean {
    if (this.#kind !== 'sign' || this.#token !== sign) return false
    this.#next()
    return true
  }

  #expect(sign: string): void {
    if (!this.#accept(sign)) throw this.#error(`expected "${sign}"`)
  }

  #sum(): Node {
    if (++this.#depth > MAX_DEPTH) throw this.#error('nested too deeply')
    let left = this.#product()
    for (;;) {
      if (this.#accept('+')) left = arithmetic(left, this.#product(), (a, b) => a + b)
      else if (this.#accept('-')) left = arithmetic(left, this.#product(), (a, b) => a - b)
      else break
    }
    this.#depth--
    return left
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
        const index = this.#sum()
        this.#expect(']')
        node = element(node, index)
      } else if (this.#accept('.')) {
        if (this.#kind !== 'word') throw this.#error('expected a name')
        const member = this.#token!
        if (member !== 'shape' && member !== 'dtype' && member !== 'elements') {
          throw this.#error(`"${member}" is none of shape, dtype, elements`)
        }
        this.#next()
        node = property(node, member)
      } else return node
    }
  }

  #primary(): Node {
    if (this.#accept('(')) {
      const node = this.#sum()
      this.#expect(')')
      return node
    }
    if (this.#kind === 'number') {
      const value = Number(this.#token)
      this.#next()
      return () => value
    }
    if (this.#kind !== 'word') throw this.#error('expected a value')
    const word = this.#token!
    this.#next()
    switch (word) {
      case 'inputs':
        return this.#indexed((scope, i) => scope.args.tensors.at(i))
      case 'scalars':
        return this.#indexed((scope, i) => scalar(scope.args.scalars.at(i)))
      case 'tensors': {
        this.#expect('.')
        if (this.#kind !== 'word') throw this.#error('expected the name of a tensor')
        const name = this.#token!
        this.#next()
        return (scope) => scope.args.tensors.find((tensor) => tensor.name === name)
      }
      case 'grid':
        return (scope) => scope.event.grid
      case 'block':
        return (scope) => scope.event.block
      case 'bytes':
        return (scope) => scope.event.bytes
      case 'product':
        return this.#productOf()
    }
    const call = Object.hasOwn(FUNCTIONS, word) ? FUNCTIONS[word] : undefined
    if (call === undefined)
      throw this.#error(
        `"${word}" is not known; names are inputs, tensors, scalars, grid, block, bytes`,
      )
    this.#expect('(')
    const values = [this.#sum()]
    while (this.#accept(',')) values.push(this.#sum())
    this.#expect(')')
    return (scope) => {
      const numbers = values.map((value) => value(scope))
      return numbers.every((value) => typeof value === 'number') ? call(...numbers) : undefined
    }
  }

  #indexed(at: (scope: Scope, index: number) => Value): Node {
    this.#expect('[')
    const index = this.#sum()
    this.#expect(']')
    return (scope) => {
      const i = index(scope)
      return typeof i === 'number' ? at(scope, i) : undefined
    }
  }

  #productOf(): Node {
    this.#expect('(')
    const list = this.#sum()
    this.#expect(')')
    return (scope) => {
      const value = list(scope)
      return isList(value) ? value.reduce((a, b) => a * b, 1) : undefined
    }
  }
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
    const [value, i] = [node(scope), index(scope)]
    return isList(value) && typeof i === 'number' ? value.at(i) : undefined
  }
}

function property(node: Node, member: 'shape' | 'dtype' | 'elements'): Node {
  return (scope) => {
    const value = node(scope)
    if (typeof value !== 'object' || isList(value)) return undefined
    const tensor = value as TensorArg
    return member === 'elements' ? elementsOf(tensor) : tensor[member]
  }
}

function scalar(text: string | undefined): number | string | undefined {
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : text
}
