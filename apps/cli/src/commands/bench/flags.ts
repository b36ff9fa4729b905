// flowsim bench: drive load against a running server.

import { type Command, Option } from 'commander'
import { example } from '../../program/help.js'
import {
  collect,
  jsonOption,
  numberFromZero,
  positiveInteger,
  positiveNumber,
  wholeNumber,
} from '../../program/options.js'

/** Options that say what load to drive; `flowsim profile --bench-opts` takes them too. */
export interface LoadFlags {
  protocol: 'openai' | 'openai-chat' | 'sglang'
  servedModelName?: string
  numRequests: number
  isl: string
  osl: string
  sharedPrefix: number
  requests?: string
  sharegpt?: string
  arrival: 'closed' | 'constant' | 'poisson' | 'gamma' | 'trace'
  rate?: number
  burstiness: number
  speed: number
  maxConcurrency?: number
  timeout: number
  temperature: number
  extensions: boolean
  header?: string[]
  seed: number
}

/** Options of `flowsim bench`. */
export interface BenchFlags extends LoadFlags {
  url: string
  output?: string
  warmup: number
  goodput?: string
  format?: 'vllm'
  json?: true
}

/** Adds the options of {@link LoadFlags}. */
export function addLoadOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--protocol <name>', 'interface of the server')
        .choices(['openai', 'openai-chat', 'sglang'])
        .default('openai'),
    )
    .option('--served-model-name <name>', 'model name that the server knows')
    .option('--num-requests <count>', 'requests to send', positiveInteger, 100)
    .option('--isl <tokens>', 'length of prompts: 512, 4k, or a range 256:1024', '512')
    .option('--osl <tokens>', 'tokens to generate: 128, or a range', '128')
    .option('--shared-prefix <tokens>', 'first tokens that all prompts share', wholeNumber, 0)
    .option('--requests <file>', 'lengths and arrivals from a trace (CSV, JSON lines, workload)')
    .option('--sharegpt <file>', 'prompts from a ShareGPT file')
    .addOption(
      new Option('--arrival <process>', 'when requests arrive; closed: as others end')
        .choices(['closed', 'constant', 'poisson', 'gamma', 'trace'])
        .default('closed'),
    )
    .option('--rate <requests/s>', 'mean rate of arrivals', positiveNumber)
    .option(
      '--burstiness <shape>',
      'of gamma arrivals; 1 is Poisson, below it burstier',
      positiveNumber,
      1,
    )
    .option('--speed <factor>', 'of a replayed trace; 2 takes half the time', positiveNumber, 1)
    .option('--max-concurrency <count>', 'requests in flight at most', positiveInteger)
    .option('--timeout <s>', 'a request that takes longer has failed', positiveNumber, 600)
    .option('--temperature <t>', 'sampling temperature', numberFromZero, 0)
    .option('--no-extensions', 'send only what OpenAI itself knows (no ignore_eos)')
    .option('--header <name: value>', 'header to send; repeat for each', collect)
    .option('--seed <number>', 'seed of prompts, lengths and arrivals', wholeNumber, 42)
}

export function addBench(program: Command): void {
  const command = program
    .command('bench')
    .description('Drive load against a running server: TTFT, ITL, TPOT, throughput, goodput.')
    .requiredOption('--url <url>', 'server, such as http://127.0.0.1:30000')
  addLoadOptions(command)
    .option('--warmup <count>', 'requests before the measurement', wholeNumber, 0)
    .option('--goodput <limits>', 'limits of a good request in seconds: ttft=0.5,tpot=0.05,e2e=10')
    .option('-o, --output <dir>', 'folder for request_metrics.csv, token_metrics.csv, load.json')
    .addOption(
      new Option(
        '--format <form>',
        'print the result with the field names of vllm bench serve and of bench_serving of SGLang (vllm)',
      )
        .choices(['vllm'])
        .conflicts('json'),
    )
    .addOption(jsonOption())
    .action(async (flags: BenchFlags) => {
      const { bench } = await import('./run.js')
      await bench(flags)
    })
  example(
    command,
    'flowsim bench --url http://127.0.0.1:8000 --num-requests 200 --arrival poisson --rate 8 -o load',
    'flowsim bench --url http://127.0.0.1:30000 --protocol sglang --max-concurrency 32 --isl 256:1024',
  )
}
