// Options that say which steps of which model are made up: of flowsim synth, and of flowsim export chakra --model.
import { type Command, Option } from 'commander'
import {
  addLanguageModelOptions,
  hardwareOption,
  type LanguageModelFlags,
  positiveInteger,
} from './options.js'

/** What {@link addGenerationOptions} adds, beside `--model`. */
export interface GenerationFlags extends LanguageModelFlags {
  hardware: string
  latencyModel: string
  layers?: number
  tp: number
  pp: number
  dp: number
  ep: number
  batch: number
  isl: number
  osl: number
  quantization?: string
  jitter: string
  seed: string
}

/** Model, device, degrees of parallelism and batch. */
export function addGenerationOptions(command: Command): Command {
  const count = (flags: string, what: string, usual: number) =>
    new Option(`--${flags}`, what).argParser(positiveInteger).default(usual)
  command
    .addOption(hardwareOption().default('h100_sxm'))
    .option('--latency-model <model>', 'latency model that gives the kernel times', 'calibrated')
    .addOption(new Option('--layers <n>', 'keep only the first layers').argParser(positiveInteger))
    .addOption(count('tp <n>', 'tensor-parallel ranks', 1))
    .addOption(count('pp <n>', 'pipeline stages', 1))
    .addOption(count('dp <n>', 'data-parallel replicas', 1))
    .addOption(count('ep <n>', 'expert-parallel ranks', 1))
    .addOption(count('batch <n>', 'requests in the batch', 1))
    .addOption(count('isl <tokens>', 'input sequence length: tokens of each prompt', 512))
    .addOption(
      count('osl <tokens>', 'output sequence length: tokens generated for each request', 4),
    )
    .option('--quantization <scheme>', 'fp8, fp8-block, int8, int4, nvfp4, …')
    .option('--jitter <share>', 'relative deviation of times; 0 for none', '0.03')
    .option('--seed <number>', 'seed of the deviation', '0')
  return addLanguageModelOptions(command)
}

/** `--model NAME`, of a language model. */
export function languageModelOption(): Option {
  return new Option(
    '--model <name>',
    "model of the catalogue (flowsim models list), a config.json, a checkpoint's folder, or org/name of a hub",
  )
}
