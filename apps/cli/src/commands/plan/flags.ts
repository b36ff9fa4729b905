// flowsim plan: which deployment serves a model, and what it costs.
import type { BackendName } from '@flowsim/profiler-runner'
import { type Command, Option } from 'commander'
import { example } from '../../program/help.js'
import {
  collect,
  jsonOption,
  type LanguageModelFlags,
  offlineOption,
  type PricesFlag,
  positiveInteger,
  positiveNumber,
  pricesOption,
  rawOption,
} from '../../program/options.js'
import { addFormat, type FormatFlags } from '../../program/tables.js'

/** Options of `flowsim plan`. */
export interface PlanFlags extends Pick<LanguageModelFlags, 'offline'>, PricesFlag, FormatFlags {
  model: string
  rate?: number
  isl?: string
  osl?: string
  numRequests?: number
  requests?: string
  workload?: string
  slo: string[]
  devices: string[]
  engine: 'vllm' | 'sglang' | 'trtllm'
  engineVersion?: string
  servingMode: 'aggregated' | 'disaggregated' | 'both'
  quantization?: string[]
  kvCacheDtype?: string[]
  drafts?: string
  provider?: string
  seed: number
  simulations: number
  on?: BackendName
  image?: string
  mount?: string[]
  dryRun?: true
  asPoint?: true
}

export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .description(
      'The cheapest deployments of a model for a traffic and limits of latency: layouts are screened by the time of ' +
        'their steps, the best are simulated.',
    )
    .addOption(new Option('--model <name>', 'model, as in stepTime.model').makeOptionMandatory())
    .addOption(
      new Option('--rate <requests/s>', 'requests a second, Poisson').argParser(positiveNumber),
    )
    .option(
      '--isl <tokens>',
      'prompt tokens, or a distribution: "{ distribution: lognormal, mean: 4000, stdev: 3000 }"',
    )
    .option('--osl <tokens>', 'output tokens, or a distribution')
    .addOption(
      new Option(
        '--num-requests <count>',
        'requests to simulate; those of a minute if absent, 1000 to 5000',
      ).argParser(positiveInteger),
    )
    .option(
      '--requests <file>',
      'requests from a trace instead; with --rate its requests come at that rate',
    )
    .option(
      '--workload <file.yaml>',
      'a section workload instead, with classes, sessions, prefixes',
    )
    .addOption(
      new Option(
        '--slo <limit>',
        'such as ttft.p99S<=1, tpot.meanS<=0.04, gold:e2e.p97.5S<=20 (of a class); repeat',
      )
        .argParser(collect)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--devices <name:n>',
        'devices that there are: h200_sxm:64, or nodes of them, h200_sxm:8x8; repeat',
      )
        .argParser(collect)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--engine <name>', 'engine whose kernels and host costs hold')
        .choices(['vllm', 'sglang', 'trtllm'])
        .default('vllm'),
    )
    .option('--engine-version <version>', 'its version; the newest that is known if absent')
    .addOption(
      new Option(
        '--serving-mode <mode>',
        'prompts and outputs on the same instances, apart, or whichever is better',
      )
        .choices(['aggregated', 'disaggregated', 'both'])
        .default('both'),
    )
    .option(
      '--quantization <scheme>',
      "of the weights; repeat to try several; the checkpoint's if absent",
      collect,
    )
    .option(
      '--kv-cache-dtype <type>',
      'of the KV cache, auto for that of the activations; repeat; auto and fp8 if absent',
      collect,
    )
    .option(
      '--drafts <method:chance[:depths]>',
      'speculative decoding to try beside none: mtp:0.8:1,2,3',
    )
    .option(
      '--provider <kind>',
      'whose list prices hold: neocloud or hyperscaler, or one of --prices',
    )
    .addOption(pricesOption())
    .addOption(
      new Option('--seed <number>', 'of the traffic').argParser(positiveInteger).default(42),
    )
    .addOption(
      new Option('--simulations <n>', 'simulations at most')
        .argParser(positiveInteger)
        .default(200),
    )
    .option(
      '--on <backend>',
      'submit each device, mode and KV precision as a point of a job, outputs in DIR/INDEX',
    )
    .option('--image <image>', 'with --on: container image, with flowsim in it')
    .option('--mount <from:to[:ro]>', 'with --on: folder, or pvc=CLAIM, in the container', collect)
    .option('--dry-run', 'with --on: print what would be submitted, and submit nothing')
    // A point of a job that finds nothing has done its work.
    .addOption(new Option('--as-point').hideHelp())
    .option(
      '-o, --output <dir>',
      'folder for plan.json, plan.csv, report.html, winner.yaml, commands.sh, kubernetes.yaml; a plan that was stopped goes on there',
    )
    .addOption(offlineOption())
    .addOption(rawOption())
    .addOption(jsonOption())
    .action(async (flags: PlanFlags) => {
      const { plan } = await import('./run.js')
      await plan(flags)
    })
  addFormat(command)
  example(
    command,
    'flowsim plan --model qwen3-235b-a22b-fp8 --rate 50 --isl 4000 --osl 500 --slo "ttft.p99S<=1" --slo "tpot.p99S<=0.04" --devices h200_sxm:64',
    'flowsim plan --model llama-3.1-70b --requests azure-conv.csv --slo "ttft.p90S<=2" --devices h100_sxm:4x8 --devices l40s:32 -o plan',
  )
}
