// How far measured times lie from the roofline: percentiles in spread.json, with what they were taken on.
import { type Bound, dtypeBytes, isCollective, type OpCall } from '@flowsim/trace-schema'
import spread from './spread.json' with { type: 'json' }

type Family = keyof typeof spread.factors

/** Factors on the roofline that one run in ten stays below and above. */
export function rooflineSpread(call: OpCall, bound: Bound): readonly [p10: number, p90: number] {
  const [p10, p90] = spread.factors[family(call)][bound] as [number, number]
  return [p10, p90]
}

function family(call: OpCall): Family {
  switch (call.op) {
    case 'matmul':
    case 'bmm':
    case 'conv':
      return dtypeBytes(call.dtype) < 2 ? 'narrowGemm' : 'gemm'
    case 'attention':
      return 'attention'
    case 'moe':
    case 'grouped_gemm':
      return 'moe'
    default:
      return isCollective(call) ? 'collective' : 'pointwise'
  }
}
