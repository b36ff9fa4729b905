// Operations on rows and columns: each element read once and written once.
import { type Dtype, dtypeBytes } from '../../dtype.js'
import { dtype, oneOf, optional, size } from './fields.js'
import { local, type OpWork, outputDtype } from './work.js'

/** Types of an operation that may write another than it reads. */
export const inOut = { dtype: dtype(), outDtype: optional(dtype()) }

/** Sizes and types of an operation on rows. */
export const rowFields = { rows: size(), cols: size(), ...inOut }

/** Sizes and types of an operation on rows that has a gradient. */
export const passFields = {
  ...rowFields,
  direction: optional(
    oneOf(
      ['forward', 'backward'],
      '`backward`: the gradient of the input, from that of the result and the input or result; `forward` if absent.',
    ),
  ),
}

/** Rows of an operation, as examples have them. */
export const SOME_ROWS = { rows: 512, cols: 4096, dtype: 'bf16' } as const

interface Rows {
  rows: number
  cols: number
  dtype: Dtype
  outDtype?: Dtype | undefined
  direction?: 'forward' | 'backward' | undefined
}

/** Rows × columns read (twice for a gradient) and written once, `perElement` FLOPs for each. */
export function rowWork(c: Rows, perElement: number, residual = false): OpWork {
  const elements = c.rows * c.cols
  const inputs = 1 + (residual ? 1 : 0) + (c.direction === 'backward' ? 1 : 0)
  const read = elements * dtypeBytes(c.dtype) * inputs
  const write = elements * (dtypeBytes(outputDtype(c)) + (residual ? dtypeBytes(c.dtype) : 0))
  return local(perElement * elements, read, write)
}

/** Rows of twice the columns read, rows × columns written, `perElement` FLOPs for each result. */
export function gatedWork(c: Rows, perElement: number): OpWork {
  const written = c.rows * c.cols
  return local(
    perElement * written,
    2 * written * dtypeBytes(c.dtype),
    written * dtypeBytes(sameDtype(c)),
  )
}

/** Rows × columns read, one result a row written, 1 FLOP an element. */
export function reducedWork(c: Rows): OpWork {
  const elements = c.rows * c.cols
  return local(elements, elements * dtypeBytes(c.dtype), c.rows * dtypeBytes(sameDtype(c)))
}

/** The type that is written: the one that is read, where the call says nothing else. */
export function sameDtype(c: { dtype: Dtype; outDtype?: Dtype | undefined }): Dtype {
  return c.outDtype ?? c.dtype
}

/** `rows×cols`. */
export function rowSizes({ rows, cols }: { rows: number; cols: number }): string {
  return `${rows}×${cols}`
}

/** `rows×cols`, and whether it is a gradient. */
export function passSizes(call: {
  rows: number
  cols: number
  direction?: string | undefined
}): string {
  return call.direction === 'backward' ? `${rowSizes(call)} backward` : rowSizes(call)
}
