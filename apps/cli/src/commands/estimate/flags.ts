// flowsim estimate: the time of one operation.

import type { Command, Option } from 'commander'
import { AMOUNT_HELP } from '../../program/amount.js'
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
  hardware?: string
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
    .argument(
      '<op>',
      'operation, such as matmul, attention, rmsnorm, all_reduce; flowsim estimate matmul --help tells its dimensions',
    )
    .addOption(hardwareOption('; required'))
    .option('--mode <mode>', 'variant of the model, such as heuristic-GPU or exhaustive for tile')
    .option(
      '--set <name=value>',
      `a dimension of the operation; repeat for each; ${AMOUNT_HELP}`,
      collect,
    )
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
    'flowsim estimate attention --hardware h100_sxm --set phase=decode --set batch=64 --set queryLen=1 --set kvLen=4K --set heads=32 --set kvHeads=8 --set headDim=128 --set causal=true',
  )
  addOperationHelp(program, command)
}

/**
 * The help of the operation in place of the command's, and a dimension that is written as a flag told of before
 * commander does not know it; the operations are loaded only for this command.
 */
function addOperationHelp(program: Command, command: Command): void {
  let text: string | undefined
  const usual = command.helpInformation.bind(command)
  command.helpInformation = (context) => text ?? usual(context)
  program.hook('preSubcommand', async (_, each) => {
    if (each !== command) return
    const words = program.args.slice(1)
    const op = firstOperand(words, [...command.options, ...program.options])
    if (op === undefined) return
    const { checkFlags } = await import('./read-call.js')
    const known = checkFlags(op, words, command.options)
    if (words.some((word) => word === '--help' || word === '-h'))
      text = (await import('./operation-help.js')).operationHelp(known)
  })
}

/** The first word that is neither an option nor the value of one; an unknown option is taken to have a value. */
function firstOperand(words: readonly string[], options: readonly Option[]): string | undefined {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (!word.startsWith('-')) return word
    const option = options.find(({ long, short }) => word === long || word === short)
    const isUnknown = option === undefined && !/^-h$|^--help$|=/.test(word)
    if (isUnknown || option?.required) i++
  }
  return undefined
}
