// The work of `flowsim jobs`.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  BACKENDS,
  type BackendName,
  type JobSpecInput,
  type JobStatus,
  Jobs,
  maskSecrets,
  resultsCsv,
  settingsOf,
} from '@flowsim/profiler-runner'
import { counted, visible } from '@flowsim/trace-schema'
import { parse } from 'yaml'
import { CliError } from '../../program/errors.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import type { JobFlags, SubmitFlags } from './flags.js'

export async function submit(words: string[], flags: SubmitFlags): Promise<void> {
  await submitPoints(words.length === 0 ? undefined : pointsOf(words, flags.grid ?? []), flags)
}

/** Submits a job of these points, else of those in the file. */
export async function submitPoints(
  points: JobSpecInput['points'] | undefined,
  flags: SubmitFlags,
): Promise<void> {
  const settings = settingsOf('jobs.', {
    flags: {
      on: flags.on,
      'jobs-dir': flags.jobsDir,
      image: flags.image,
      partition: flags.partition,
      account: flags.account,
      qos: flags.qos,
      namespace: flags.namespace,
      context: flags.context,
    },
  })
  const backend = settings['jobs.backend'] as BackendName
  if (!Object.hasOwn(BACKENDS, backend)) {
    throw new CliError('usage', `--on ${backend}: one of ${Object.keys(BACKENDS).join(', ')}`)
  }
  const spec = await specOf(points, flags, settings)
  const jobs = jobsOf(flags)
  if (flags.dryRun) {
    const rendered = maskSecrets(jobs.render(backend, spec))
    if (flags.json) printJson({ backend, rendered })
    else print(rendered.trimEnd())
    return
  }
  const job = await jobs.submit(backend, spec)
  if (flags.json) return printJson({ id: job.id, backend, backendId: job.backendId })
  print(job.id)
  note(`submitted to ${backend} as ${job.backendId}; flowsim jobs status ${job.id}`)
}

export async function list(flags: JobFlags): Promise<void> {
  const all = await jobsOf(flags).list()
  if (flags.json) return printJson(all)
  for (const job of all) print(jobLine(job))
}

export async function status(id: string, flags: JobFlags): Promise<void> {
  const job = await jobsOf(flags).status(id)
  if (flags.json) return printJson(job)
  print(jobLine(job))
  for (const { index, name, state, exitCode, attempts, reason } of job.points) {
    const exit = exitCode === null ? '' : `exit ${exitCode}, `
    print(
      `  ${String(index).padStart(4)} ${state.padEnd(10)} ${name}  ${exit}${counted(attempts, 'attempt')}${reason ? `, ${reason}` : ''}`,
    )
  }
}

const ASK_EVERY_MS = 500

/** Waits for the end; what did not succeed is a failure. */
export async function wait(id: string, flags: JobFlags): Promise<void> {
  const jobs = jobsOf(flags)
  let job = await jobs.status(id)
  while (!['succeeded', 'failed', 'cancelled'].includes(job.state)) {
    await setTimeout(ASK_EVERY_MS)
    job = await jobs.status(id)
  }
  if (flags.json) printJson(job)
  else print(jobLine(job))
  if (job.state === 'succeeded') return
  const failed = job.points.filter(({ state }) => state === 'failed')
  for (const { index, name } of failed.slice(0, NAMED_POINTS)) {
    note(`point ${index} (${name}) failed; see flowsim jobs logs ${id} --point ${index}`)
  }
  if (failed.length > NAMED_POINTS) note(`and ${failed.length - NAMED_POINTS} more`)
  process.exitCode = 1
}

const NAMED_POINTS = 5

export async function logs(id: string, flags: JobFlags): Promise<void> {
  const text = await jobsOf(flags).logs(id, flags.point ?? 0)
  // Programs colour their logs: a file gets them as they are.
  process.stdout.write(process.stdout.isTTY ? visible(text) : text)
}

export async function results(id: string, flags: JobFlags): Promise<void> {
  const points = await jobsOf(flags).results(id)
  if (flags.output !== undefined) await Outputs.file(flags.output, resultsCsv(points))
  if (flags.json) printJson(points)
  else if (flags.output === undefined) print(resultsCsv(points).trimEnd())
  const failed = points.filter(({ state }) => state === 'failed')
  for (const { index, name, error } of failed) note(`point ${index} (${name}) failed: ${error}`)
}

export async function cancel(id: string, flags: JobFlags): Promise<void> {
  await jobsOf(flags).cancel(id)
  note(`${id} is being stopped`)
}

function jobsOf(flags: { jobsDir?: string }): Jobs {
  const folder = settingsOf('jobs.', { flags: { 'jobs-dir': flags.jobsDir } })['jobs.folder']
  return new Jobs(folder === undefined ? undefined : String(folder))
}

function jobLine({ id, backend, state, points, submittedAt, error }: JobStatus): string {
  const done = points.filter((point) => point.state === 'succeeded').length
  const count = points.length === 0 ? '' : `${done}/${points.length}`
  const at = submittedAt.replace(/\.\d+Z$/, 'Z')
  return `${id.padEnd(24)} ${backend.padEnd(10)} ${state.padEnd(9)} ${count.padStart(9)}  ${at}${error ? `  ${error}` : ''}`
}

async function specOf(
  commands: JobSpecInput['points'] | undefined,
  flags: SubmitFlags,
  settings: Record<string, unknown>,
): Promise<JobSpecInput> {
  const file = (flags.file === undefined ? {} : await readSpec(flags.file)) as Partial<JobSpecInput>
  const points = commands ?? file.points
  if (points === undefined) {
    throw new CliError('usage', 'no command: write it after --, or give --file job.yaml')
  }
  const given = <Value>(name: string, value: Value | undefined) =>
    value === undefined ? {} : { [name]: value }
  const text = (key: string) => settings[key] as string | undefined
  return {
    ...file,
    name: flags.name ?? file.name ?? 'job',
    points,
    ...given('parallelism', flags.parallel),
    ...given('retries', flags.retries),
    ...given('image', text('jobs.image') ?? file.image),
    workdir: flags.workdir ?? file.workdir ?? process.cwd(),
    env: { ...file.env, ...pairsOf('--env', flags.env ?? []) },
    mounts: [...(file.mounts ?? []), ...(flags.mount ?? []).map(mountOf)],
    resources: {
      ...file.resources,
      ...given('gpus', flags.gpus),
      ...given('cpus', flags.cpus),
      ...given('memoryMiB', flags.memory),
      ...given('minutes', flags.minutes),
      ...given('sharedMemoryMiB', flags.shm),
    },
    slurm: {
      ...file.slurm,
      ...given('partition', text('jobs.slurm.partition') ?? file.slurm?.partition),
      ...given('account', text('jobs.slurm.account') ?? file.slurm?.account),
      ...given('qos', text('jobs.slurm.qos') ?? file.slurm?.qos),
      ...given('options', flags.sbatchOption),
    },
    kubernetes: {
      ...file.kubernetes,
      ...given(
        'namespace',
        flags.namespace ?? file.kubernetes?.namespace ?? text('jobs.kubernetes.namespace'),
      ),
      ...given('context', text('jobs.kubernetes.context') ?? file.kubernetes?.context),
      ...given('serviceAccount', flags.serviceAccount),
      ...given('runtimeClass', flags.runtimeClass),
      ...(flags.nodeSelector === undefined
        ? {}
        : { nodeSelector: pairsOf('--node-selector', flags.nodeSelector) }),
    },
  }
}

async function readSpec(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new CliError('failure', `cannot read ${path}: ${error.message}`)
  })
  try {
    return parse(text) as unknown
  } catch (error) {
    throw new CliError('failure', `${path}: ${(error as Error).message.split('\n')[0]}`)
  }
}

/** Every combination of the values, each with its command. */
function pointsOf(words: readonly string[], grid: readonly string[]): JobSpecInput['points'] {
  let combinations: Record<string, string>[] = [{}]
  for (const entry of grid) {
    const [name, values] = entry.split(/=(.*)/s)
    if (!name || !values) throw new CliError('usage', `--grid ${entry}: write NAME=A,B,…`)
    combinations = combinations.flatMap((chosen) =>
      values.split(',').map((value) => ({ ...chosen, [name]: value })),
    )
  }
  return combinations.map((chosen) => ({
    name:
      Object.entries(chosen)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ') || words[0]!,
    command: words.map((word) =>
      word.replaceAll(/\{(\w+)\}/g, (braces, name: string) => chosen[name] ?? braces),
    ),
  }))
}

function pairsOf(flag: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new CliError('usage', `${flag} ${pair}: write NAME=VALUE`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

function mountOf(text: string): NonNullable<JobSpecInput['mounts']>[number] {
  const [from, to, mode] = text.split(':')
  if (!from || !to || (mode !== undefined && mode !== 'ro')) {
    throw new CliError('usage', `--mount ${text}: write FOLDER:PATH[:ro] or pvc=CLAIM:PATH[:ro]`)
  }
  const source = from.startsWith('pvc=') ? { claim: from.slice(4) } : { folder: resolve(from) }
  return { source, path: to, readOnly: mode === 'ro' }
}
