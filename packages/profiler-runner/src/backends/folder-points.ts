// Points of back ends that share the job's folder with the machine that asks.
import { type PointResult, pointResult, readPointFiles } from '../jobs/results.js'
import type { PointStatus, SubmittedJob } from './backend.js'

/** What the engine knows of points that have not ended by themselves. */
export interface EngineView {
  /** The engine still has work of this job. */
  active: boolean
  cancelled: boolean
}

/** States from the files that the point scripts leave, and from whether the engine still works. */
export async function folderPoints(job: SubmittedJob, view: EngineView): Promise<PointStatus[]> {
  return Promise.all(
    job.spec.points.map(async ({ name }, index) => {
      const { exitCodes, stdout, stderr } = await readPointFiles(job.dir, index)
      const attempts = exitCodes.length
      const base = { index, name, exitCode: exitCodes.at(-1) ?? null, attempts }
      if (stdout !== null) return { ...base, state: 'succeeded' as const }
      if (attempts > job.spec.retries) return { ...base, state: 'failed' as const }
      if (view.cancelled) return { ...base, state: 'cancelled' as const }
      if (view.active) {
        return { ...base, state: stderr === '' ? ('pending' as const) : ('running' as const) }
      }
      // Neither a result nor an engine that could still bring one: it was killed.
      return { ...base, state: 'failed' as const, reason: 'ended without an exit code' }
    }),
  )
}

/** Results from the files of the points. */
export async function folderResults(
  job: SubmittedJob,
  points: readonly PointStatus[],
): Promise<PointResult[]> {
  return Promise.all(
    points.map(async (point) => {
      const { stdout, stderr } = await readPointFiles(job.dir, point.index)
      return pointResult(point, stdout, stderr)
    }),
  )
}

/** Error output, then the result. */
export async function folderLogs(job: SubmittedJob, index: number): Promise<string> {
  const { stdout, stderr } = await readPointFiles(job.dir, index)
  return stderr + (stdout ?? '')
}
