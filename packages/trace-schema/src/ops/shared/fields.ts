// The fields of operations, as fragments of JSON Schema: what they mean, what they may be. Schemas,
// types, checks and documentation are made from them.
import { DTYPES, type Dtype } from '../../dtype.js'

/** A whole number or a number with its bounds. */
export interface NumberField {
  readonly type: 'integer' | 'number'
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly description?: string
}

/** A text, one of a few where `enum` lists them. */
export interface TextField<Value extends string = string> {
  readonly type: 'string'
  readonly enum?: readonly Value[]
  readonly description?: string
}

/** Yes or no. */
export interface FlagField {
  readonly type: 'boolean'
  readonly description?: string
}

/** A list of numbers. */
export interface ListField {
  readonly type: 'array'
  readonly items: NumberField
  readonly description?: string
}

/** A field of an operation. */
export type Field = (NumberField | TextField | FlagField | ListField) & {
  readonly optional?: true
}

/** The fields of an operation by their names, in the order in which people read them. */
export type Fields = Readonly<Record<string, Field>>

type ValueOf<F> =
  F extends TextField<infer Value>
    ? Value
    : F extends FlagField
      ? boolean
      : F extends ListField
        ? number[]
        : number

type Optional<F extends Fields> = {
  [Name in keyof F]: F[Name] extends { optional: true } ? Name : never
}[keyof F]

type Flat<T> = { [Name in keyof T]: T[Name] }

/** A call of the operation `Op` with these fields. */
export type CallWith<Op extends string, F extends Fields> = Flat<
  { schema?: 'flowsim.op-call/1' | undefined; op: Op } & {
    -readonly [Name in Exclude<keyof F, Optional<F>>]: ValueOf<F[Name]>
  } & { -readonly [Name in Optional<F>]?: ValueOf<F[Name]> | undefined }
>

function described<F extends Field>(field: F, description: string | undefined): F {
  return description === undefined ? field : { ...field, description }
}

/** More elements or bytes than any machine holds. */
const MOST = 2 ** 48
const SIZE: NumberField = { type: 'integer', minimum: 0, maximum: MOST }
const COUNT: NumberField = { type: 'integer', exclusiveMinimum: 0, maximum: MOST }
const MEAN: NumberField = { type: 'number', exclusiveMinimum: 0 }
const AMOUNT: NumberField = { type: 'number', minimum: 0 }
const DTYPE: TextField<Dtype> = { type: 'string', enum: DTYPES }

/** A whole number from 0: a matrix may be empty. */
export const size = (description?: string): NumberField => described(SIZE, description)

/** A whole number from 1. */
export const count = (description?: string): NumberField => described(COUNT, description)

/** More experts than any model has: what is worked out for each of them stays bounded. */
const MOST_EXPERTS = 65_536

/** Experts, or those that a token is sent to. */
export const experts = (description?: string): NumberField =>
  described({ ...COUNT, maximum: MOST_EXPERTS }, description)

/** A positive number that may be broken, as means are. */
export const mean = (description?: string): NumberField => described(MEAN, description)

/** A number from 0 that may be broken. */
export const amount = (description?: string): NumberField => described(AMOUNT, description)

/** Sizes of several axes. */
export const counts = (description?: string): ListField =>
  described({ type: 'array', items: COUNT }, description)

/** An element type. */
export const dtype = (description?: string): TextField<Dtype> => described(DTYPE, description)

/** Yes or no. */
export const flag = (description?: string): FlagField => described({ type: 'boolean' }, description)

/** Any text. */
export const text = (description?: string): TextField => described({ type: 'string' }, description)

/** One of a few words. */
export const oneOf = <const Value extends string>(
  values: readonly Value[],
  description?: string,
): TextField<Value> => described({ type: 'string', enum: values }, description)

/** A field that a call may leave out. */
export const optional = <F extends Field>(field: F): F & { readonly optional: true } => ({
  ...field,
  optional: true,
})
