// flowsim synth: the trace of a run that never was.
import { type Command, Option } from 'commander'
import {
  addLanguageModelOptions,
  example,
  hardwareOption,
  jsonOption,
  type LanguageModelFlags,
  positiveInteger,
} from '../../program/options.js'

/** Options of `flowsim synth`. */
export interface SynthFlags extends LanguageModelFlags {
  model: string
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
  cudaGraphs?: true
  rank?: string
  output: string
  json?: true
}

export function addSynth(program: Command): void {
  const degree = (name: string, what: string) =>
    new Option(`--${name} <n>`, what).argParser(positiveInteger).default(1)
  const command = program
    .command('synth')
    .description(
      'Write a Kineto-like trace from a model, a device and a batch: for tests, demos, scale.',
    )
    .requiredOption(
      '--model <name>',
      "model of the catalogue (flowsim models list), a config.json, a checkpoint's folder, or org/name of a hub",
    )
    .addOption(hardwareOption().default('h100_sxm'))
    .option('--latency <model>', 'latency model that gives the kernel times', 'calibrated')
    .addOption(new Option('--layers <n>', 'keep only the first layers').argParser(positiveInteger))
    .addOption(degree('tp', 'tensor-parallel ranks'))
    .addOption(degree('pp', 'pipeline stages'))
    .addOption(degree('dp', 'data-parallel replicas'))
    .addOption(degree('ep', 'expert-parallel ranks'))
    .addOption(degree('batch', 'requests in the batch'))
    .addOption(
      new Option('--prompt-tokens <n>', 'tokens of each prompt')
        .argParser(positiveInteger)
        .default(512),
    )
    .addOption(
      new Option('--output-tokens <n>', 'tokens generated for each request')
        .argParser(positiveInteger)
        .default(4),
    )
    .option('--quantization <scheme>', 'fp8, fp8-block, int8, int4, nvfp4, …')
    .option('--jitter <share>', 'relative deviation of times; 0 for none', '0.03')
    .option('--seed <n>', 'seed of the deviation', '0')
    .option('--cuda-graphs', 'decode steps as CUDA graphs')
    .option('--rank <n>', 'rank to write, or "all": one file for each, -rank-N in their names', '0')
    .requiredOption('-o, --output <file>', 'trace to write, .json or .json.gz')
    .addOption(jsonOption())
    .action(async (flags: SynthFlags) => {
      const { synth } = await import('./run.js')
      await synth(flags)
    })
  addLanguageModelOptions(command)
  example(
    command,
    'flowsim synth --model llama-3.1-8b --hardware h100_sxm --tp 2 --batch 8 -o trace.json.gz',
    'flowsim synth --model deepseek-v3 --layers 4 --dp 8 --ep 8 --hardware h200_sxm --rank all -o ds.json.gz',
  )
}
