// Jobs that were submitted from this machine. Each has a folder, ROOT/ID: job.json, run.sh, what its
// back end adds, and the points' output where nodes share the folder.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { makeFolder } from '@flowsim/trace-schema/node'
import {
  type JobBackend,
  type JobState,
  jobState,
  type PointStatus,
  type SubmittedJob,
} from '../backends/backend.js'
import { BACKENDS, type BackendName } from '../backends/index.js'
import { ProfilerRunnerError } from '../errors.js'
import { writeWhole } from '../profile/run-record.js'
import { pointScript } from './job-script.js'
import { type JobSpec, type JobSpecInput, readJobSpec } from './job-spec.js'
import type { PointResult } from './results.js'

const ASKED_AT_ONCE = 16

/** The file job.json. */
interface JobRecord {
  schema: 'flowsim.job/1'
  id: string
  backend: BackendName
  backendId: string
  submittedAt: string
  spec: JobSpec
}

/** A job and how it stands. */
export interface JobStatus {
  id: string
  name: string
  backend: BackendName
  backendId: string
  submittedAt: string
  state: JobState
  points: PointStatus[]
  /** Why the back end could not be asked. */
  error?: string
}

/** The jobs of one folder. */
export class Jobs {
  readonly root: string

  /** @param root - default `~/.local/state/flowsim/jobs`; on Slurm it must be shared with the nodes */
  constructor(root?: string) {
    const state = process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state')
    this.root = resolve(root ?? join(state, 'flowsim', 'jobs'))
  }

  /**
   * What would be handed to a back end.
   * @throws {@link ProfilerRunnerError} `bad_input`
   */
  render(backend: BackendName, input: JobSpecInput): string {
    const spec = readJobSpec(input)
    const id = newId(spec)
    return BACKENDS[backend].render({ id, spec, dir: join(this.root, id) })
  }

  /**
   * Submits a job.
   * @throws {@link ProfilerRunnerError} `bad_input`, `command_not_found`, `backend_failed`; nothing
   *   is left behind then
   */
  async submit(backend: BackendName, input: JobSpecInput): Promise<SubmittedJob> {
    const spec = readJobSpec(input)
    const engine: JobBackend = BACKENDS[backend]
    const id = newId(spec)
    const dir = join(this.root, id)
    const job = { id, spec, dir }
    engine.render(job)
    // The environment of a job may hold keys.
    makeFolder(dir, 0o700)
    try {
      const attempts = engine.scriptAttempts(spec)
      const script = pointScript(spec, { attempts, printResult: engine.resultsInLogs })
      await writeFile(join(dir, 'run.sh'), script)
      const backendId = await engine.submit(job)
      const record: JobRecord = {
        schema: 'flowsim.job/1',
        id,
        backend,
        backendId,
        submittedAt: new Date().toISOString(),
        spec,
      }
      await writeWhole(join(dir, 'job.json'), `${JSON.stringify(record, null, 2)}\n`)
      return { ...job, backendId }
    } catch (error) {
      await rm(dir, { recursive: true, force: true })
      throw error
    }
  }

  /** Every job of the folder, newest first. Jobs whose back end cannot be asked are `unknown`. */
  async list(): Promise<JobStatus[]> {
    const ids = (await readdir(this.root).catch(() => [])).filter((id) =>
      existsSync(join(this.root, id, 'job.json')),
    )
    const jobs: JobStatus[] = []
    // Some at once: a cluster that does not answer costs its time-out.
    for (let at = 0; at < ids.length; at += ASKED_AT_ONCE) {
      const some = ids.slice(at, at + ASKED_AT_ONCE)
      jobs.push(...(await Promise.all(some.map((id) => this.status(id)))))
    }
    return jobs.sort((a, b) => (a.submittedAt < b.submittedAt ? 1 : -1))
  }

  /** @throws {@link ProfilerRunnerError} `job_not_found` */
  async status(id: string): Promise<JobStatus> {
    const record = await this.read(id)
    const { backend, backendId, submittedAt, spec } = record
    const base = { id, name: spec.name, backend, backendId, submittedAt }
    try {
      const points = await BACKENDS[backend].points(this.jobOf(record))
      return { ...base, state: jobState(points), points }
    } catch (error) {
      if (!(error instanceof ProfilerRunnerError)) throw error
      return { ...base, state: 'unknown', points: [], error: error.message }
    }
  }

  /** What a point has printed. @throws {@link ProfilerRunnerError} `job_not_found` */
  async logs(id: string, index = 0): Promise<string> {
    const record = await this.read(id)
    if (!(index >= 0 && index < record.spec.points.length)) {
      const last = record.spec.points.length - 1
      throw new ProfilerRunnerError('job_not_found', `${id} has points 0 to ${last}, not ${index}`)
    }
    return BACKENDS[record.backend].logs(this.jobOf(record), index)
  }

  /** Results of all points. @throws {@link ProfilerRunnerError} `job_not_found` */
  async results(id: string): Promise<PointResult[]> {
    const record = await this.read(id)
    return BACKENDS[record.backend].results(this.jobOf(record))
  }

  /** Stops a job. @throws {@link ProfilerRunnerError} `job_not_found`, `backend_failed` */
  async cancel(id: string): Promise<void> {
    const record = await this.read(id)
    await BACKENDS[record.backend].cancel(this.jobOf(record))
  }

  private jobOf({ id, spec, backendId }: JobRecord): SubmittedJob {
    return { id, spec, backendId, dir: join(this.root, id) }
  }

  private async read(id: string): Promise<JobRecord> {
    const path = join(this.root, id, 'job.json')
    const text = /^[a-z0-9-]+$/.test(id) ? await readFile(path, 'utf8').catch(() => null) : null
    if (text === null) {
      throw new ProfilerRunnerError(
        'job_not_found',
        `no job ${id} in ${this.root}; \`flowsim jobs list\` shows those that are there`,
      )
    }
    return JSON.parse(text) as JobRecord
  }
}

function newId(spec: JobSpec): string {
  return `${spec.name}-${randomBytes(4).toString('hex')}`
}
