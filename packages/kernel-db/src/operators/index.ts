// Operator rules by operator name.
import type { OperatorRule } from '../rule.js'
import { ATEN } from './aten.js'
import { SERVING } from './serving.js'
import { TENSORRT_LLM } from './tensorrt-llm.js'
import { TRAINING } from './training.js'

/** Every built-in operator rule. */
export const OPERATOR_RULES: readonly OperatorRule[] = [
  ...ATEN,
  ...SERVING,
  ...TENSORRT_LLM,
  ...TRAINING,
]
