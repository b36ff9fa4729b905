// flowsim jobs: profiling and sweeps on this machine, Docker, Slurm or Kubernetes.

import type { BackendName } from '@flowsim/profiler-runner'
import { type Command, Option } from 'commander'
import { example } from '../../program/help.js'
import { collect, jsonOption, positiveInteger, wholeNumber } from '../../program/options.js'

/** Options of `flowsim jobs submit`. */
export interface SubmitFlags {
  on?: BackendName
  file?: string
  name?: string
  grid?: string[]
  parallel?: number
  retries?: number
  gpus?: number
  cpus?: number
  memory?: number
  minutes?: number
  shm?: number
  env?: string[]
  image?: string
  mount?: string[]
  workdir?: string
  partition?: string
  account?: string
  qos?: string
  sbatchOption?: string[]
  namespace?: string
  context?: string
  nodeSelector?: string[]
  serviceAccount?: string
  runtimeClass?: string
  jobsDir?: string
  dryRun?: true
  json?: true
}

/** Options of the other subcommands. */
export interface JobFlags {
  jobsDir?: string
  point?: number
  output?: string
  json?: true
}

export function addJobs(program: Command): void {
  const jobs = program
    .command('jobs')
    .description('Run profiling and sweeps here, in Docker, on Slurm or on Kubernetes.')
  const work = () => import('./run.js')

  const submit = jobs
    .command('submit')
    .description('Submit a job. Each combination of --grid values is a point that runs COMMAND.')
    .argument('[command...]', 'command of a point, after --; {NAME} is a value of --grid NAME=…')
    .addOption(onOption())
    .option('--file <job.yaml>', 'the whole job from a file; options override it')
    .option('--name <name>', 'name of the job')
    .option('--grid <name=a,b,…>', 'values to try; repeat for each name', collect)
    .option('--parallel <count>', 'points that run at once', positiveInteger)
    .option('--retries <count>', 'times that a failed point is run again', wholeNumber)
    .option('--gpus <count>', 'GPUs of a point', wholeNumber)
    .option('--cpus <count>', 'CPUs of a point', positiveInteger)
    .option('--memory <MiB>', 'memory of a point', positiveInteger)
    .option('--minutes <count>', 'time limit of a point', positiveInteger)
    .option('--shm <MiB>', 'shared memory of a container', positiveInteger)
    .option('--env <name=value>', 'variable for the points; repeat for each', collect)
    .option('--image <image>', 'container image')
    .option('--mount <from:to[:ro]>', 'folder, or pvc=CLAIM, in the container', collect)
    .option('--workdir <dir>', 'folder to run in')
    .option('--partition <name>', 'Slurm partition')
    .option('--account <name>', 'Slurm account')
    .option('--qos <name>', 'Slurm quality of service')
    .option('--sbatch-option <option>', 'further option of sbatch, such as --exclusive', collect)
    .option('--namespace <name>', 'Kubernetes namespace')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--node-selector <label=value>', 'Kubernetes nodes to run on', collect)
    .option('--service-account <name>', 'Kubernetes service account')
    .option('--runtime-class <name>', 'Kubernetes runtime class')
    .addOption(jobsDirOption())
    .option('--dry-run', 'print what would be submitted, and submit nothing')
    .addOption(jsonOption())
    .action(async (words: string[], flags: SubmitFlags) => (await work()).submit(words, flags))
  example(
    submit,
    'flowsim jobs submit --on slurm --name batch --gpus 2 --grid batch=1,8,32 -- flowsim profile --engine sglang --server-opts "--model-path M --tp 2" --sweep "{batch}:1024:0" -o "out/{batch}"',
    'flowsim jobs submit --on kubernetes --file job.yaml --dry-run',
  )

  example(
    jobs
      .command('list')
      .description('Jobs that were submitted from here, newest first.')
      .addOption(jobsDirOption())
      .addOption(jsonOption())
      .action(async (flags: JobFlags) => (await work()).list(flags)),
    'flowsim jobs list',
  )
  example(
    jobs
      .command('status')
      .description('How a job and its points stand.')
      .argument('<job>')
      .addOption(jobsDirOption())
      .addOption(jsonOption())
      .action(async (id: string, flags: JobFlags) => (await work()).status(id, flags)),
    'flowsim jobs status batch-1f9c03aa',
  )
  example(
    jobs
      .command('wait')
      .description('Wait until a job is over; its end is that of the command.')
      .argument('<job>')
      .addOption(jobsDirOption())
      .addOption(jsonOption())
      .action(async (id: string, flags: JobFlags) => (await work()).wait(id, flags)),
    'flowsim jobs wait batch-1f9c03aa',
    'flowsim jobs wait $(flowsim jobs submit -- make)',
  )
  example(
    jobs
      .command('logs')
      .description('What a point has printed.')
      .argument('<job>')
      .option('--point <index>', 'which point', wholeNumber, 0)
      .addOption(jobsDirOption())
      .action(async (id: string, flags: JobFlags) => (await work()).logs(id, flags)),
    'flowsim jobs logs batch-1f9c03aa --point 3',
  )
  example(
    jobs
      .command('results')
      .description('Results of all points in one table.')
      .argument('<job>')
      .option('-o, --output <file.csv>', 'file for the table; default stdout')
      .addOption(jobsDirOption())
      .addOption(jsonOption())
      .action(async (id: string, flags: JobFlags) => (await work()).results(id, flags)),
    'flowsim jobs results batch-1f9c03aa -o results.csv',
  )
  example(
    jobs
      .command('cancel')
      .description('Stop a job.')
      .argument('<job>')
      .addOption(jobsDirOption())
      .action(async (id: string, flags: JobFlags) => (await work()).cancel(id, flags)),
    'flowsim jobs cancel batch-1f9c03aa',
  )
}

function onOption(): Option {
  return new Option(
    '--on <backend>',
    'where to run, such as slurm; default local, or as configured',
  )
}

function jobsDirOption(): Option {
  return new Option('--jobs-dir <dir>', 'folder of the jobs; on Slurm one that the nodes share')
}
