// Where jobs run. One file for each back end, all behind this interface; adding one is adding a file
// and a line in backends/index.ts.
import type { JobSpec } from '../jobs/job-spec.js'
import type { PointResult } from '../jobs/results.js'

/** State of a job or a point. */
export type JobState = 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'unknown'

/** One point of a job. */
export interface PointStatus {
  index: number
  name: string
  state: JobState
  exitCode: number | null
  attempts: number
  /** Why it waits or failed, in the engine's words. */
  reason?: string
}

/** A job that is about to be submitted. */
export interface PreparedJob {
  /** FlowSim's own name for it, unique. */
  id: string
  spec: JobSpec
  /** Folder of the job, with run.sh in it; shared with the nodes where the back end needs that. */
  dir: string
}

/** A submitted job. */
export interface SubmittedJob extends PreparedJob {
  /** The engine's name for it: a process, a container, a Slurm or Kubernetes job. */
  backendId: string
}

/** A place where jobs run. */
export interface JobBackend {
  readonly name: string
  /** What is handed to the engine: shown by --dry-run. */
  render(job: PreparedJob): string
  /** Attempts that the point script makes by itself, because the engine makes none. */
  scriptAttempts(spec: JobSpec): number
  /** Whether results come back in logs instead of the job's folder. */
  readonly resultsInLogs: boolean
  /** Whether points find the files and programs of this machine where they are here. */
  readonly sharesFiles: boolean
  /** @returns the engine's name for the job */
  submit(job: PreparedJob): Promise<string>
  points(job: SubmittedJob): Promise<PointStatus[]>
  /** What a point has printed so far. */
  logs(job: SubmittedJob, index: number): Promise<string>
  results(job: SubmittedJob): Promise<PointResult[]>
  cancel(job: SubmittedJob): Promise<void>
}

/** The state of a job from those of its points. */
export function jobState(points: readonly PointStatus[]): JobState {
  const has = (state: JobState) => points.some((point) => point.state === state)
  if (has('running')) return 'running'
  if (has('pending')) return points.some((point) => point.attempts > 0) ? 'running' : 'pending'
  if (has('cancelled')) return 'cancelled'
  if (has('failed')) return 'failed'
  return has('unknown') ? 'unknown' : 'succeeded'
}
