// Experts of Triton without a tuned configuration, where no rows of such kernels answer. Their blocks are small, so that
// the operands that a compute unit pulls from the last cache bound them:
//
//   time = max(table, blocks k (rows + columns of a block) bytes / (units unitLoadShare 64 clock))
//
// The blocks and the share and where they come from stand in untuned-experts.json.
import { dtypeBytes, type HardwareSpec, type OpCall } from '@flowsim/trace-schema'
import type { GemmQuery } from './families/gemm.js'
import { unitLoad } from './families/resources.js'
import { traitsOf } from './traits.js'
import facts from './untuned-experts.json' with { type: 'json' }

const BYTES = 2

/** Source of rows of such kernels. */
export const UNTUNED = facts.source

/** How much longer than in the tables untuned experts take; 1 where nothing is known of them. */
export function untunedTimes(
  call: OpCall,
  query: GemmQuery,
  hardware: HardwareSpec,
  tableUs: number,
): number {
  if (call.op !== 'grouped_gemm' || hardware.vendor !== 'nvidia') return 1
  if (dtypeBytes(call.dtype) !== BYTES || dtypeBytes(call.weightDtype ?? call.dtype) !== BYTES)
    return 1
  const tokens = call.m / (call.topk ?? 1)
  const [rows, columns] = tokens <= call.groups ? facts.tiles.few : facts.tiles.many
  const { batch, m, n, k } = query
  const blocks = batch * Math.ceil(m / rows!) * Math.ceil(n / columns!)
  const traits = traitsOf(hardware)
  const pull = unitLoad(traits, { unitLoadShare: facts.unitLoadShare.value })
  return Math.max(1, (blocks * k * (rows! + columns!) * BYTES) / (traits.units * pull) / tableUs)
}
