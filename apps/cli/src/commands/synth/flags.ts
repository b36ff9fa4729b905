// flowsim synth: the trace of a run that never was.
import type { Command } from 'commander'
import {
  addGenerationOptions,
  type GenerationFlags,
  languageModelOption,
} from '../../program/generation-options.js'
import { example } from '../../program/help.js'
import { jsonOption } from '../../program/options.js'

/** Options of `flowsim synth`. */
export interface SynthFlags extends GenerationFlags {
  model: string
  cudaGraphs?: true
  rank?: string
  output: string
  json?: true
}

export function addSynth(program: Command): void {
  const command = program
    .command('synth')
    .description(
      'Write a Kineto-like trace from a model, a device and a batch: for tests, demos, scale.',
    )
    .addOption(languageModelOption().makeOptionMandatory())
  addGenerationOptions(command)
    .option('--cuda-graphs', 'decode steps as CUDA graphs')
    .option('--rank <n>', 'rank to write, or "all": one file for each, -rank-N in their names', '0')
    .requiredOption('-o, --output <file>', 'trace to write, .json or .json.gz')
    .addOption(jsonOption())
    .action(async (flags: SynthFlags) => {
      const { synth } = await import('./run.js')
      await synth(flags)
    })
  example(
    command,
    'flowsim synth --model llama-3.1-8b --hardware h100_sxm --tp 2 --batch 8 -o trace.json.gz',
    'flowsim synth --model deepseek-v3 --layers 4 --dp 8 --ep 8 --hardware h200_sxm --rank all -o ds.json.gz',
  )
}
