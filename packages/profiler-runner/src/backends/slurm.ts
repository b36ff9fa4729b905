// Slurm: a job is an array, a point a task of it. Uses sbatch, squeue, sacct, scancel and scontrol;
// their plain formats (--format, --parsable2) have been the same for a decade, while --json changes
// with each version. A point that fails is put back with `scontrol requeue`, a node that fails by
// --requeue; both are Slurm's own. The job's folder must be on a file system that the nodes share.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@flowsim/trace-schema'
import { ProfilerRunnerError } from '../errors.js'
import type { JobSpec } from '../jobs/job-spec.js'
import { readPointFiles } from '../jobs/results.js'
import { quoteWord } from '../shell-words.js'
import type { JobBackend, JobState, PointStatus, PreparedJob, SubmittedJob } from './backend.js'
import { runTool } from './command.js'
import { folderLogs, folderResults } from './folder-points.js'

/** The batch script of a job. */
export function sbatchScript({ id, spec, dir }: PreparedJob): string {
  const { resources, slurm } = spec
  const last = spec.points.length - 1
  const atOnce = spec.parallelism === undefined ? '' : `%${spec.parallelism}`
  const option = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}=${value}`]
  const gpuType = slurm.gpuType === undefined ? '' : `${slurm.gpuType}:`
  const options = [
    ...option('job-name', `flowsim-${id}`),
    ...option('array', `0-${last}${atOnce}`),
    ...option('output', join(dir, 'slurm-%a.log')),
    '--open-mode=append',
    '--requeue',
    ...option('partition', slurm.partition),
    ...option('account', slurm.account),
    ...option('qos', slurm.qos),
    ...option('constraint', slurm.constraint),
    ...(resources.gpus > 0 ? option('gres', `gpu:${gpuType}${resources.gpus}`) : []),
    ...option('cpus-per-task', resources.cpus),
    ...option('mem', resources.memoryMiB && `${resources.memoryMiB}M`),
    ...option('time', resources.minutes),
    ...slurm.options,
  ]
  return `#!/bin/sh
${options.map((text) => `#SBATCH ${quoteWord(text)}`).join('\n')}
export FLOWSIM_POINT="$SLURM_ARRAY_TASK_ID"
export FLOWSIM_JOB_DIR=${quoteWord(dir)}
${containerPrefix(spec, dir)}sh ${quoteWord(join(dir, 'run.sh'))}
code=$?
if [ "$code" -ne 0 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${spec.retries} ]; then
  # By its array name: the last task's SLURM_JOB_ID is the whole array's. Slurm ends this script
  # when it has put the task back.
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && sleep 600
fi
exit "$code"
`
}

function containerPrefix(spec: JobSpec, dir: string): string {
  const { image, slurm } = spec
  if (image === undefined || slurm.container === 'none') return ''
  const mounts = spec.mounts.map((mount) => {
    if (!('folder' in mount.source)) {
      throw new ProfilerRunnerError('bad_input', `${mount.path}: Slurm mounts folders only`)
    }
    return `${mount.source.folder}:${mount.path}${mount.readOnly ? ':ro' : ''}`
  })
  const all = quoteWord([`${dir}:${dir}`, ...mounts].join(','))
  return slurm.container === 'pyxis'
    ? `srun --container-image=${quoteWord(image)} --container-mounts=${all} `
    : `apptainer exec ${spec.resources.gpus > 0 ? '--nv ' : ''}--bind ${all} ${quoteWord(image)} `
}

const STATES: Record<string, JobState> = {
  PENDING: 'pending',
  CONFIGURING: 'pending',
  REQUEUED: 'pending',
  REQUEUE_FED: 'pending',
  REQUEUE_HOLD: 'pending',
  RESV_DEL_HOLD: 'pending',
  SPECIAL_EXIT: 'pending',
  RUNNING: 'running',
  COMPLETING: 'running',
  STAGE_OUT: 'running',
  SUSPENDED: 'running',
  STOPPED: 'running',
  SIGNALING: 'running',
  RESIZING: 'running',
  COMPLETED: 'succeeded',
  CANCELLED: 'cancelled',
  FAILED: 'failed',
  TIMEOUT: 'failed',
  OUT_OF_MEMORY: 'failed',
  NODE_FAIL: 'failed',
  BOOT_FAIL: 'failed',
  DEADLINE: 'failed',
  PREEMPTED: 'failed',
  REVOKED: 'failed',
}

interface TaskState {
  state: JobState
  reason: string
}

/** Jobs on a Slurm cluster. */
export const slurm: JobBackend = {
  name: 'slurm',
  resultsInLogs: false,
  sharesFiles: true,
  scriptAttempts: () => 1,

  render: sbatchScript,

  async submit(job) {
    const script = join(job.dir, 'job.sbatch')
    await writeFile(script, sbatchScript(job))
    const answer = await runTool('sbatch', ['--parsable', script]).catch((error: unknown) =>
      explainRefusal(error, job),
    )
    // "123" or "123;cluster"
    const id = answer.trim().split(';')[0]!
    if (!/^\d+$/.test(id)) throw new ProfilerRunnerError('backend_failed', `sbatch: ${answer}`)
    return id
  },

  async points(job) {
    const states = (await isOver(job)) ? new Map<number, TaskState>() : await taskStates(job)
    return Promise.all(
      job.spec.points.map(async ({ name }, index): Promise<PointStatus> => {
        const { exitCodes, stdout } = await readPointFiles(job.dir, index)
        const task = states.get(index)
        const attempts = exitCodes.length
        const base = { index, name, exitCode: exitCodes.at(-1) ?? null, attempts }
        // Controllers forget finished jobs; the point's files do not.
        if (stdout !== null && task?.state !== 'running') return { ...base, state: 'succeeded' }
        if (task === undefined) {
          return { ...base, state: attempts > 0 ? 'failed' : 'unknown' }
        }
        const reason = task.reason === 'None' ? {} : { reason: task.reason }
        return { ...base, state: task.state, ...reason }
      }),
    )
  },

  async logs(job, index) {
    const own = await readFile(join(job.dir, `slurm-${index}.log`), 'utf8').catch(() => '')
    return own + (await folderLogs(job, index))
  },

  async results(job) {
    return folderResults(job, await this.points(job))
  },

  async cancel(job) {
    await runTool('scancel', [job.backendId])
  },
}

// Slurm says the same for an array that is too long as for one that is written wrongly.
async function explainRefusal(error: unknown, { spec }: PreparedJob): Promise<never> {
  if (/invalid job array/i.test(messageOf(error))) {
    const config = await runTool('scontrol', ['show', 'config']).catch(() => '')
    const most = /MaxArraySize\s*=\s*(\d+)/.exec(config)?.[1]
    if (most !== undefined && spec.points.length > Number(most) - 1) {
      throw new ProfilerRunnerError(
        'backend_failed',
        `${spec.name}: ${spec.points.length} points, and this cluster takes arrays of ${Number(most) - 1} (MaxArraySize); submit several jobs`,
        { cause: error },
      )
    }
  }
  throw error
}

// Points that have succeeded, or failed as often as they may, are known without the cluster.
async function isOver(job: SubmittedJob): Promise<boolean> {
  for (const index of job.spec.points.keys()) {
    const { exitCodes, stdout } = await readPointFiles(job.dir, index)
    if (stdout === null && exitCodes.length <= job.spec.retries) return false
  }
  return true
}

async function taskStates(job: SubmittedJob): Promise<Map<number, TaskState>> {
  const states = new Map<number, TaskState>()
  const add = (task: string, state: string, reason: string) => {
    const index = Number(task)
    // "CANCELLED by 1000"
    const known = STATES[state.split(' ')[0]!.replace('+', '')]
    if (Number.isInteger(index) && task !== '')
      states.set(index, { state: known ?? 'unknown', reason })
  }
  const queue = await squeue(job.backendId)
  for (const line of queue.split('\n')) {
    const [task, state, reason] = line.split('|')
    if (state !== undefined) add(task!, state, reason ?? '')
  }
  if (states.size < job.spec.points.length) {
    for (const line of (await sacct(job.backendId)).split('\n')) {
      // "123_4|FAILED|1:0"; steps are "123_4.batch"
      const [id, state, exit] = line.split('|')
      const task = /^\d+_(\d+)$/.exec(id ?? '')?.[1]
      if (task !== undefined && !states.has(Number(task))) add(task, state!, `exit ${exit}`)
    }
  }
  return states
}

async function squeue(id: string): Promise<string> {
  const args = ['--noheader', '--array', '--states=all', '--format=%K|%T|%r', `--jobs=${id}`]
  try {
    return await runTool('squeue', args, 20_000)
  } catch (error) {
    if (/invalid job id/i.test(String(error))) return ''
    throw error
  }
}

// Clusters without accounting refuse.
async function sacct(id: string): Promise<string> {
  const args = ['--noheader', '--parsable2', '--format=JobID,State,ExitCode', `--jobs=${id}`]
  return runTool('sacct', args, 20_000).catch(() => '')
}
