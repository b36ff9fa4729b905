// Docker on this machine: one container runs the points as the local back end does. The job's folder
// is mounted at its own path, so that results are read as from a local job.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProfilerRunnerError } from '../errors.js'
import { allPointsScript } from '../jobs/job-script.js'
import { quoteWords } from '../shell-words.js'
import type { JobBackend, PreparedJob, SubmittedJob } from './backend.js'
import { runTool } from './command.js'
import { folderLogs, folderPoints, folderResults } from './folder-points.js'

/** The arguments of `docker` that start a job. */
export function dockerRunArgs({ id, spec, dir }: PreparedJob): string[] {
  const { image, resources, mounts } = spec
  if (image === undefined) {
    throw new ProfilerRunnerError('bad_input', `${spec.name}: a Docker job needs an image`)
  }
  const option = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}`, String(value)]
  return [
    'run',
    '--detach',
    // Collects the ranks that an engine leaves behind, and passes on signals.
    '--init',
    ...option('name', `flowsim-${id}`),
    ...option('label', `flowsim.job=${id}`),
    ...(resources.gpus > 0 ? option('gpus', resources.gpus) : []),
    ...option('cpus', resources.cpus),
    ...option('memory', resources.memoryMiB && `${resources.memoryMiB}m`),
    ...option('shm-size', resources.sharedMemoryMiB && `${resources.sharedMemoryMiB}m`),
    // Engines pin memory for transfers between ranks.
    ...(resources.gpus > 1 ? ['--ulimit', 'memlock=-1', '--ipc', 'private'] : []),
    ...option('mount', `type=bind,source=${dir},target=${dir}`),
    ...mounts.flatMap((mount) => {
      if (!('folder' in mount.source)) {
        throw new ProfilerRunnerError('bad_input', `${mount.path}: Docker mounts folders only`)
      }
      const readOnly = mount.readOnly ? ',readonly' : ''
      const { folder } = mount.source
      return option('mount', `type=bind,source=${folder},target=${mount.path}${readOnly}`)
    }),
    ...option('workdir', spec.workdir),
    '--entrypoint',
    'sh',
    image,
    join(dir, 'all.sh'),
  ]
}

/** Jobs in a container on this machine. */
export const docker: JobBackend = {
  name: 'docker',
  resultsInLogs: false,
  sharesFiles: false,
  scriptAttempts: (spec) => spec.retries + 1,

  render: (job) => `docker ${quoteWords(dockerRunArgs(job))}\n`,

  async submit(job) {
    for (const mounted of [job.dir, ...job.spec.mounts.map((mount) => mount.path)]) {
      if (mounted.includes(',')) {
        throw new ProfilerRunnerError('bad_input', `${mounted}: Docker mounts no path with a comma`)
      }
    }
    writeFileSync(join(job.dir, 'all.sh'), allPointsScript(job.spec, job.dir))
    return (await runTool('docker', dockerRunArgs(job), 600_000)).trim()
  },

  async points(job) {
    const state = await containerState(job)
    return folderPoints(job, {
      active: state?.Running ?? false,
      // 137 and 143: killed and asked to stop, by `docker stop`.
      cancelled: state !== null && !state.Running && [137, 143].includes(state.ExitCode),
    })
  },

  async logs(job, index) {
    const text = await folderLogs(job, index)
    return text === '' ? runTool('docker', ['logs', job.backendId]) : text
  },

  async results(job) {
    return folderResults(job, await this.points(job))
  },

  async cancel(job) {
    await runTool('docker', ['stop', '--time', '10', job.backendId])
  },
}

async function containerState(
  job: SubmittedJob,
): Promise<{ Running: boolean; ExitCode: number } | null> {
  try {
    const args = ['inspect', '--format', '{{json .State}}', job.backendId]
    return JSON.parse(await runTool('docker', args)) as { Running: boolean; ExitCode: number }
  } catch (error) {
    // Removed containers leave their results in the folder.
    if (/no such (?:object|container)/i.test(String(error))) return null
    throw error
  }
}
