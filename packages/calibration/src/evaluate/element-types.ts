// Names of element types in files of measurements, with what they say of weights and scales.
import type { Dtype } from '@flowsim/trace-schema'
import { type Row, text, wrong } from './columns.js'

/** The types that a name stands for. */
export const GEMM_TYPES: Record<
  string,
  { dtype: Dtype; weightDtype?: Dtype; scaling?: 'tensor' | 'block' | 'channel' }
> = {
  bfloat16: { dtype: 'bf16' },
  float16: { dtype: 'fp16' },
  half: { dtype: 'fp16' },
  float32: { dtype: 'fp32' },
  fp8: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3', scaling: 'tensor' },
  fp8_static: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3', scaling: 'tensor' },
  fp8_block: { dtype: 'fp8_e4m3', weightDtype: 'fp8_e4m3', scaling: 'block' },
  nvfp4: { dtype: 'fp4_e2m1', weightDtype: 'fp4_e2m1', scaling: 'block' },
  sq: { dtype: 'int8', weightDtype: 'int8', scaling: 'channel' },
  int8: { dtype: 'int8', weightDtype: 'int8' },
  int8_wo: { dtype: 'bf16', weightDtype: 'int8' },
  int4_wo: { dtype: 'bf16', weightDtype: 'int4' },
  w4a16_mxfp4: { dtype: 'bf16', weightDtype: 'fp4_e2m1', scaling: 'block' },
  w4a8_mxfp4_fp8: { dtype: 'fp8_e4m3', weightDtype: 'fp4_e2m1', scaling: 'block' },
  w4a8_mxfp4_mxfp8: { dtype: 'fp8_e4m3', weightDtype: 'fp4_e2m1', scaling: 'block' },
}
for (const [alias, name] of [
  ['bf16', 'bfloat16'],
  ['fp16', 'float16'],
  ['fp32', 'float32'],
  ['fp8_e4m3', 'fp8'],
  ['fp4_e2m1', 'nvfp4'],
  ['mxfp4', 'nvfp4'],
] as const) {
  GEMM_TYPES[alias] = GEMM_TYPES[name]!
}

/** The types that a column names. @throws PerfModelError */
export function typesOf(row: Row, ...columns: string[]) {
  const name = text(row, ...columns)
  const types = GEMM_TYPES[name]
  if (types !== undefined) return types
  throw wrong(columns[0]!, `"${name}" is not one of ${Object.keys(GEMM_TYPES).join(', ')}`)
}

/** The type of activations that a column names. @throws PerfModelError */
export function floating(row: Row, ...columns: string[]): Dtype {
  return typesOf(row, ...columns).dtype
}
