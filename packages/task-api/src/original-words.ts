// What the original says of a body or a query that is wrong: pydantic 1 behind FastAPI, HTTP 422 with a
// list of { loc, msg, type } under `detail`.
import type { z } from 'zod'

export const REQUIRED = 'field required'
export const TEXT_EXPECTED = 'str type expected'

/** Messages of the schemas; those without a counterpart in the original are ours. */
export const WORDS = {
  dict: 'value is not a valid dict',
  bool: 'value could not be parsed to a boolean',
  float: 'value is not a valid float',
  deep: 'nested too deeply',
  l2: '"warm" or "cold" expected',
  threads: 'a positive whole number expected',
} as const

const TYPES: Readonly<Record<string, string>> = {
  [REQUIRED]: 'value_error.missing',
  [TEXT_EXPECTED]: 'type_error.str',
  [WORDS.dict]: 'type_error.dict',
  [WORDS.bool]: 'type_error.bool',
  [WORDS.float]: 'type_error.float',
}

/** One fault of a request, in the original's form. */
export interface RequestFault {
  loc: (string | number)[]
  msg: string
  type: string
}

/** Faults that zod found, in the original's form. @param place - where the value came from */
export function faultsOf(error: z.ZodError, place: 'body' | 'query'): RequestFault[] {
  return error.issues.map(({ path, message }) => ({
    loc: [place, ...(path as (string | number)[])],
    msg: message,
    type: TYPES[message] ?? 'value_error',
  }))
}
