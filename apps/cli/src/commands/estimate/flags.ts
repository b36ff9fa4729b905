// flowsim estimate: the time of one operation.

import type { Command } from 'commander'
import { example } from '../../program/help.js'
import {
  addModelOptions,
  collect,
  hardwareOption,
  jsonOption,
  type ModelFlags,
} from '../../program/options.js'

/** Options of `flowsim estimate`. */
export interface EstimateFlags extends ModelFlags {
  hardware: string
  mode?: string
  set?: string[]
  dtype: string
  l2: 'cold' | 'warm'
  json?: true
}

export function addEstimate(program: Command): void {
  const command = program
    .command('estimate')
    .description('Predict the time of one operation on described hardware.')
    .argument('<op>', 'operation, such as matmul, attention, rmsnorm, all_reduce')
    .addOption(hardwareOption().makeOptionMandatory())
    .option('--mode <mode>', 'variant of the model, such as heuristic-GPU for tile')
    .option('--set <name=value>', 'a dimension of the operation; repeat for each', collect)
    .option('--dtype <type>', 'element type: bf16, fp16, fp8_e4m3, int8, fp4_e2m1, …', 'bf16')
    .option('--l2 <state>', 'operands in the last-level cache at the start: cold or warm', 'cold')
    .addOption(jsonOption())
  addModelOptions(command).action(async (op: string, flags: EstimateFlags) => {
    const { estimate } = await import('./run.js')
    await estimate(op, flags)
  })
  example(
    command,
    'flowsim estimate matmul --hardware h100_sxm --set m=4096 --set n=4096 --set k=4096 --dtype bf16',
    'flowsim estimate attention --hardware h100_sxm --set phase=decode --set batch=64 --set queryLen=1 --set kvLen=4096 --set heads=32 --set kvHeads=8 --set headDim=128 --set causal=true',
  )
}
