// flowsim profile: start a server, drive load, capture traces.

import { type Command, Option } from 'commander'
import { example } from '../../program/help.js'
import {
  collect,
  jsonOption,
  listOf,
  outputOption,
  portNumber,
  positiveInteger,
  wholeNumber,
} from '../../program/options.js'

const NCCL_OPS = [
  'all_reduce',
  'all_gather',
  'reduce_scatter',
  'alltoall',
  'broadcast',
  'send_recv',
] as const

/** Options of `flowsim profile`. */
export interface ProfileFlags {
  engine?: 'sglang' | 'vllm' | 'custom'
  serverCommand?: string
  serverOpts: string
  attach?: string
  traceDir?: string
  host?: string
  port?: number
  env?: string[]
  sweep?: string
  benchOpts?: string
  passes: ('timing' | 'shapes')[]
  numSteps: number
  warmup: number
  retries: number
  numRanks?: number
  withStack?: true
  shapeLabels?: boolean
  captureGraphs?: true
  sassTrace?: string
  startupTimeout?: string
  traceTimeout?: string
  servedModelName?: string
  seed: number
  nccl?: (typeof NCCL_OPS)[number][]
  ncclTests?: string
  ncclGpus: number
  ncclDtype: 'half' | 'bfloat16' | 'float' | 'int8'
  ncclSizes: string
  output: string
  json?: true
}

export function addProfile(program: Command): void {
  const command = program
    .command('profile')
    .description('Make traces: start an engine, warm it up, run batches or load, capture, stop.')
    .addOption(
      new Option('--engine <name>', 'engine to profile').choices(['sglang', 'vllm', 'custom']),
    )
    .option('--server-opts <words>', 'options for the server, as in a shell', '')
    .option(
      '--server-command <words>',
      'replaces the start command; {port} and {trace_dir} are filled in',
    )
    .option('--attach <url>', 'profile a server that already runs')
    .option('--trace-dir <dir>', 'where the server writes traces, as this machine sees it')
    .option('--host <address>', 'address for the server')
    .option('--port <port>', 'port for the server; default one that is free', portNumber)
    .option('--env <name=value>', 'variable for the server; repeat for each', collect)
    .option(
      '--sweep <points>',
      'BATCH:INPUT[:CONTEXT],…; a+b in a place tries each: 1+8:512+2048:0',
    )
    .option('--bench-opts <words>', 'capture under load instead: options of flowsim bench')
    .addOption(
      new Option(
        '--passes <list>',
        'timing (as served), shapes (without CUDA graphs); both are merged',
      )
        .argParser(listOf(['timing', 'shapes'] as const))
        .default(['timing'], 'timing'),
    )
    .option('--num-steps <count>', 'decode steps to capture', positiveInteger, 5)
    .option('--warmup <count>', 'runs of a point before its capture', wholeNumber, 2)
    .option('--retries <count>', 'times that a failed point is tried again', wholeNumber, 1)
    .option('--num-ranks <count>', 'trace files to expect of a capture', positiveInteger)
    .option('--with-stack', 'record Python call stacks')
    .option('--shape-labels', 'label Triton kernels with shapes in every pass')
    .option('--no-shape-labels', 'label them in none; default: in the pass shapes')
    .option(
      '--capture-graphs',
      'trace the capture of CUDA graphs while the server starts, for --capture of other commands',
    )
    .option(
      '--sass-trace <plan.json>',
      "run the points under Accel-Sim's tracer instead, as flowsim external plan says",
    )
    .option('--startup-timeout <s>', 'wait for a healthy server, seconds')
    .option('--trace-timeout <s>', 'wait for whole trace files, seconds')
    .option('--served-model-name <name>', 'model name that the server knows')
    .option('--seed <number>', 'seed of the prompts', wholeNumber, 42)
    .addOption(
      new Option('--nccl <list>', 'measure collectives with nccl-tests instead').argParser(
        listOf(NCCL_OPS),
      ),
    )
    .option('--nccl-tests <dir>', 'folder with the nccl-tests binaries; default PATH')
    .option('--nccl-gpus <count>', 'GPUs that take part', positiveInteger, 8)
    .addOption(
      new Option('--nccl-dtype <type>', 'element type')
        .choices(['half', 'bfloat16', 'float', 'int8'])
        .default('bfloat16'),
    )
    .option('--nccl-sizes <range>', 'bytes, doubling: FROM:TO', '1024:268435456')
    .addOption(
      outputOption('folder for traces, logs, run.json; made if need be').makeOptionMandatory(),
    )
    .addOption(jsonOption())
    .action(async (flags: ProfileFlags) => {
      const { profile } = await import('./run.js')
      await profile(flags, command.getOptionValueSource('passes') !== 'default')
    })
  example(
    command,
    'flowsim profile --engine sglang --server-opts "--model-path Qwen/Qwen3-8B --tp 2" --sweep 1+8+32:1024:0 --passes timing,shapes -o out',
    'flowsim profile --engine vllm --server-opts "Qwen/Qwen3-8B" --bench-opts "--num-requests 64" -o out',
    'flowsim profile --attach http://gpu1:30000 --engine sglang --sweep 8:1024:0 -o out',
    'flowsim profile --engine vllm --server-opts "Qwen/Qwen3-8B" --sweep 8:1024:0 --sass-trace plan/plan.json -o sass',
    'flowsim profile --nccl all_reduce,all_gather --nccl-gpus 8 -o nccl',
  )
}
