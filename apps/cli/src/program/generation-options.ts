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
  latency: string
  layers?: number
  tp: number
  pp: number
  dp: number
  ep: number
  batch: number
  promptTokens: number
  outputTokens: number
  quantization?: string
  jitter: string
  seed: string
}

/** Model, device, degrees of parallelism and batch. */
export function addGenerationOptions(command: Command): Command {
  const count = (name: string, what: string, usual: number) =>
    new Option(`--${name} <n>`, what).argParser(positiveInteger).default(usual)
  command
    .addOption(hardwareOption().default('h100_sxm'))
    .option('--latency <model>', 'latency model that gives the kernel times', 'calibrated')
    .addOption(new Option('--layers <n>', 'keep only the first layers').argParser(positiveInteger))
    .addOption(count('tp', 'tensor-parallel ranks', 1))
    .addOption(count('pp', 'pipeline stages', 1))
    .addOption(count('dp', 'data-parallel replicas', 1))
    .addOption(count('ep', 'expert-parallel ranks', 1))
    .addOption(count('batch', 'requests in the batch', 1))
    .addOption(count('prompt-tokens', 'tokens of each prompt', 512))
    .addOption(count('output-tokens', 'tokens generated for each request', 4))
    .option('--quantization <scheme>', 'fp8, fp8-block, int8, int4, nvfp4, …')
    .option('--jitter <share>', 'relative deviation of times; 0 for none', '0.03')
    .option('--seed <n>', 'seed of the deviation', '0')
  return addLanguageModelOptions(command)
}

/** `--model NAME`, of a language model. */
export function languageModelOption(): Option {
  return new Option(
    '--model <name>',
    "model of the catalogue (flowsim models list), a config.json, a checkpoint's folder, or org/name of a hub",
  )
}
