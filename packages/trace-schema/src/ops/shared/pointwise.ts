// Operations that treat each element alone.
import { type Dtype, dtypeBytes } from '../../dtype.js'
import { flag, optional, size } from './fields.js'
import { inOut, sameDtype } from './rowwise.js'
import { local, type OpWork } from './work.js'

/** Size and types of a pointwise operation. */
export const pointFields = {
  elements: size(),
  ...inOut,
  strided: optional(
    flag('Whether operands are not contiguous, so that an address is worked out for each element.'),
  ),
}

/** Elements of an operation, as examples have them. */
export const SOME_POINTS = { elements: 1 << 20, dtype: 'bf16' } as const

interface Points {
  elements: number
  dtype: Dtype
  outDtype?: Dtype | undefined
}

/** `inputs` tensors read, one written, `perElement` FLOPs for each element. */
export function pointWork(c: Points, perElement: number, inputs = 1): OpWork {
  return local(
    perElement * c.elements,
    inputs * c.elements * dtypeBytes(c.dtype),
    c.elements * dtypeBytes(sameDtype(c)),
  )
}

/** The number of elements. */
export function pointSizes({ elements }: { elements: number }): string {
  return `${elements}`
}
