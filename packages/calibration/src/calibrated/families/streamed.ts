// The streaming operations that the correction tells apart where rows of several are pooled. Profiles store these
// names: the order may change, and names may be added.
import type { OpName } from '@flowsim/trace-schema'

export const STREAMED: readonly OpName[] = [
  'elementwise',
  'copy',
  'cat',
  'fill',
  'random',
  'softmax',
  'layernorm',
  'rmsnorm',
  'batchnorm',
  'groupnorm',
  'reduce',
  'pool',
  'scan',
  'embedding',
  'gather',
  'scatter',
]
