// flowsim sweep: hardware designs, by varying the fields of a template.

import type { Command } from 'commander'
import { example } from '../../program/help.js'
import {
  collect,
  commandOption,
  jsonOption,
  positiveInteger,
  rawOption,
} from '../../program/options.js'

/** Options of `flowsim sweep`. */
export interface SweepFlags {
  grid: string[]
  model: string
  command?: string
  mode?: string
  hiddenSize: number
  heads: number
  batch: number
  isl: number
  tp?: number
  dtype: string
  maxArea?: number
  top: number
  output?: string
  raw?: true
  json?: true
}

export function addSweep(program: Command): void {
  const command = program
    .command('sweep')
    .description(
      'Sweep hardware designs: latency, throughput, area and cost of a transformer block for every combination.',
    )
    .argument('<template>', 'LLMCompass template, a JSON file')
    .requiredOption(
      '--grid <name=a,b,…>',
      'field of the template and its values: a,b,c or from:to:step; repeat for more',
      collect,
    )
    .option('--model <name>', 'latency model: roofline, tile, calibrated or command', 'roofline')
    .addOption(commandOption())
    .option('--mode <mode>', 'variant of the model, such as heuristic-GPU or exhaustive for tile')
    .option('--hidden-size <n>', 'hidden size of the model', positiveInteger, 12288)
    .option('--heads <n>', 'attention heads', positiveInteger, 96)
    .option('--batch <n>', 'sequences', positiveInteger, 8)
    .option('--isl <tokens>', 'tokens of a sequence', positiveInteger, 2048)
    .option('--tp <n>', 'devices of the block; default: those of the template', positiveInteger)
    .option('--dtype <type>', 'element type', 'fp16')
    .option('--max-area <mm2>', 'largest area of a device', positiveInteger)
    .option('--top <rows>', 'designs of the Pareto front to print', positiveInteger, 20)
    .option('-o, --output <file>', 'all designs as CSV')
    .addOption(rawOption())
    .addOption(jsonOption())
    .action(async (template: string, flags: SweepFlags) => {
      const { sweep } = await import('./run.js')
      await sweep(template, flags)
    })
  example(
    command,
    'flowsim sweep ga100.json --grid device.compute_chiplet.core_count=64,96,128 --grid device.io.memory_channel_active_count=4:8:1 --max-area 900 -o designs.csv',
  )
}
