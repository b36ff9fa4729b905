/** Groups of operations that people look for in a report. */
export const OP_FAMILIES = [
  'gemm',
  'attention',
  'moe',
  'convolution',
  'normalization',
  'activation',
  'elementwise',
  'reduction',
  'data_movement',
  'sampling',
  'quantization',
  'communication',
  'memcpy',
  'other',
] as const

/** Group of operations, as a report shows them. */
export type OpFamily = (typeof OP_FAMILIES)[number]
